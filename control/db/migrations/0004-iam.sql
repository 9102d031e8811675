-- Who may do what: groups, agencies, policies of both models and who has them, temporary keys, revoked tokens, and the
-- keys that seal secrets and tokens. Every change is announced, so that no replica believes its caches longer than that.

-- keys ---------------------------------------------------------------------------------------------------------------

-- Sealed with the master key, so that changing that one is a few rows here and nothing elsewhere. The newest key of a
-- purpose seals; older ones open what they sealed.
CREATE TABLE iam.sealing_key (
  id text PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('secrets', 'tokens')),
  key_sealed text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX sealing_key_newest ON iam.sealing_key (purpose, created_at DESC);

-- identities ---------------------------------------------------------------------------------------------------------

ALTER TABLE iam.domain ADD COLUMN description text NOT NULL DEFAULT '';
ALTER TABLE iam.project
  ADD COLUMN description text NOT NULL DEFAULT '',
  -- the project of the region that a further one was made in; null for that one itself
  ADD COLUMN parent_id text REFERENCES iam.project;
-- Known from the tokens of an identity service outside, which keeps its users; an account of our own never becomes one.
ALTER TABLE iam.domain ADD COLUMN outside boolean NOT NULL DEFAULT false;

ALTER TABLE iam.user
  -- a user without a password cannot get a token by one
  ALTER COLUMN password_hash DROP NOT NULL,
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN email text NOT NULL DEFAULT '',
  ADD COLUMN areacode text NOT NULL DEFAULT '',
  ADD COLUMN phone text NOT NULL DEFAULT '',
  ADD COLUMN access_mode text NOT NULL DEFAULT 'default' CHECK (access_mode IN ('default', 'programmatic', 'console')),
  ADD COLUMN tags jsonb NOT NULL DEFAULT '[]',
  -- to be changed at the first visit of the console
  ADD COLUMN password_reset boolean NOT NULL DEFAULT false,
  -- who it is in a directory outside
  ADD COLUMN xuser_id text NOT NULL DEFAULT '',
  ADD COLUMN xuser_type text NOT NULL DEFAULT '',
  -- tokens and temporary keys that were issued before must be renewed: password, keys or state have changed
  ADD COLUMN credentials_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z';
-- An account has one owner.
CREATE UNIQUE INDEX user_owner ON iam.user (domain_id) WHERE is_owner;

ALTER TABLE iam.access_key
  ADD COLUMN description text NOT NULL DEFAULT '',
  -- keys go with their user, also those that are made while it is being deleted
  DROP CONSTRAINT access_key_user_id_fkey,
  ADD CONSTRAINT access_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES iam.user ON DELETE CASCADE;

CREATE TABLE iam.group (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  CONSTRAINT group_name UNIQUE (domain_id, name)
);

CREATE TABLE iam.group_member (
  group_id text NOT NULL REFERENCES iam.group ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES iam.user ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_member_user ON iam.group_member (user_id);

-- An agency is a role that identities of the trusted account may assume.
CREATE TABLE iam.agency (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  path text NOT NULL DEFAULT '',
  trust_domain_id text NOT NULL REFERENCES iam.domain,
  max_session_seconds integer NOT NULL DEFAULT 3600 CHECK (max_session_seconds BETWEEN 900 AND 86400),
  -- in days as the older API has it: FOREVER, ONEDAY or a number
  duration text NOT NULL DEFAULT 'FOREVER',
  -- of a trust agency of the newer API, as its author wrote it; it says the same as trust_domain_id
  trust_policy text CHECK (length(trust_policy) <= 131072),
  created_at timestamptz NOT NULL,
  CONSTRAINT agency_name UNIQUE (domain_id, name)
);

CREATE TABLE iam.enterprise_project (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  type text NOT NULL DEFAULT 'prod' CHECK (type IN ('prod', 'poc')),
  -- 1 enabled, 2 disabled
  status smallint NOT NULL DEFAULT 1 CHECK (status IN (1, 2)),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT enterprise_project_name UNIQUE (domain_id, name),
  UNIQUE (domain_id, id)
);

-- The default one, '0', has no row. A group of servers keeps the one it is in from being deleted.
ALTER TABLE fleet.server_group
  ADD COLUMN enterprise_project_row text GENERATED ALWAYS AS (nullif(enterprise_project_id, '0')) STORED,
  ADD CONSTRAINT server_group_enterprise_project FOREIGN KEY (enterprise_project_row) REFERENCES iam.enterprise_project;
CREATE INDEX server_group_enterprise_project ON fleet.server_group (enterprise_project_row)
  WHERE enterprise_project_row IS NOT NULL;

-- policies -----------------------------------------------------------------------------------------------------------

-- model: 'role' is 1.0, 'policy' 1.1, 'identity' 5.0. Without an account it is one of the system's own.
CREATE TABLE iam.policy (
  id text PRIMARY KEY,
  domain_id text REFERENCES iam.domain,
  model text NOT NULL CHECK (model IN ('role', 'policy', 'identity')),
  name text NOT NULL,
  -- of roles and policies: what people see, and by which roles depend on each other
  display_name text NOT NULL DEFAULT '',
  -- where it is shown: AX account, XA project, AA both, XX nowhere
  type text NOT NULL CHECK (type IN ('AX', 'XA', 'AA', 'XX')),
  catalog text NOT NULL DEFAULT '',
  path text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  description_cn text NOT NULL DEFAULT '',
  -- the number of the newest version there ever was: none is given twice
  last_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
-- Names are unique inside an account and a model family, the system being an account of its own.
CREATE UNIQUE INDEX policy_name ON iam.policy (domain_id, (model = 'identity'), name) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX policy_display_name ON iam.policy (domain_id, display_name) NULLS NOT DISTINCT
  WHERE model <> 'identity';

-- As text, because that is what its author wrote and wants to read again.
CREATE TABLE iam.policy_version (
  policy_id text NOT NULL REFERENCES iam.policy ON DELETE CASCADE,
  version integer NOT NULL CHECK (version > 0),
  document text NOT NULL CHECK (length(document) <= 131072),
  is_default boolean NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (policy_id, version)
);
CREATE UNIQUE INDEX policy_version_default ON iam.policy_version (policy_id) WHERE is_default;

-- Role/policy model: a policy for a group, an agency, or in an enterprise project a user, valid in one place.
CREATE TABLE iam.grant (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  policy_id text NOT NULL REFERENCES iam.policy,
  group_id text REFERENCES iam.group ON DELETE CASCADE,
  agency_id text REFERENCES iam.agency ON DELETE CASCADE,
  user_id text REFERENCES iam.user ON DELETE CASCADE,
  scope text NOT NULL CHECK (scope IN ('global', 'project', 'all', 'enterprise_project')),
  project_id text REFERENCES iam.project ON DELETE CASCADE,
  -- '0' is the default one, which has no row
  enterprise_project_id text,
  enterprise_project_row text GENERATED ALWAYS AS (nullif(enterprise_project_id, '0')) STORED,
  created_at timestamptz NOT NULL,
  CONSTRAINT grant_enterprise_project FOREIGN KEY (domain_id, enterprise_project_row)
    REFERENCES iam.enterprise_project (domain_id, id),
  CHECK (num_nonnulls(group_id, agency_id, user_id) = 1),
  CHECK ((scope = 'project') = (project_id IS NOT NULL)),
  CHECK ((scope = 'enterprise_project') = (enterprise_project_id IS NOT NULL)),
  CHECK (user_id IS NULL OR scope = 'enterprise_project')
);
CREATE UNIQUE INDEX grant_once ON iam.grant
  (policy_id, group_id, agency_id, user_id, scope, project_id, enterprise_project_id) NULLS NOT DISTINCT;
CREATE INDEX grant_group ON iam.grant (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX grant_agency ON iam.grant (agency_id) WHERE agency_id IS NOT NULL;
CREATE INDEX grant_user ON iam.grant (user_id) WHERE user_id IS NOT NULL;

-- Identity-policy model: attached to a user, a group or an agency, valid wherever the document says.
CREATE TABLE iam.attachment (
  policy_id text NOT NULL REFERENCES iam.policy,
  user_id text REFERENCES iam.user ON DELETE CASCADE,
  group_id text REFERENCES iam.group ON DELETE CASCADE,
  agency_id text REFERENCES iam.agency ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  id text PRIMARY KEY,
  CHECK (num_nonnulls(user_id, group_id, agency_id) = 1)
);
CREATE UNIQUE INDEX attachment_once ON iam.attachment (policy_id, user_id, group_id, agency_id) NULLS NOT DISTINCT;
CREATE INDEX attachment_user ON iam.attachment (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX attachment_group ON iam.attachment (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX attachment_agency ON iam.attachment (agency_id) WHERE agency_id IS NOT NULL;

-- credentials --------------------------------------------------------------------------------------------------------

CREATE TABLE iam.temporary_key (
  access_key text PRIMARY KEY,
  secret_sealed text NOT NULL,
  security_token_sha256 text NOT NULL,
  -- of whom: a user, or somebody who has assumed an agency
  user_id text REFERENCES iam.user ON DELETE CASCADE,
  agency_id text REFERENCES iam.agency ON DELETE CASCADE,
  session_name text NOT NULL DEFAULT '',
  -- the user who has assumed the agency
  assumed_by text REFERENCES iam.user ON DELETE CASCADE,
  -- what credentials_at of the user was when it proved who it is
  credentials_at timestamptz NOT NULL,
  -- tokens that it was made from, with blanks between: revoking one of them ends it
  token_ids text NOT NULL DEFAULT '',
  -- narrows what it may do; as text, as it was sent
  session_policy text,
  -- where the token that it was made from was valid; null for the account
  project_id text REFERENCES iam.project ON DELETE CASCADE,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CHECK (num_nonnulls(user_id, agency_id) = 1),
  CHECK ((agency_id IS NULL) = (assumed_by IS NULL))
);
CREATE INDEX temporary_key_expiry ON iam.temporary_key (expires_at);
-- behind each there is one user, who may have so many of them that live
CREATE INDEX temporary_key_holder ON iam.temporary_key ((coalesce(user_id, assumed_by)), expires_at);

CREATE TABLE iam.revoked_token (
  token_id text PRIMARY KEY,
  -- afterwards the row is not needed any more
  expires_at timestamptz NOT NULL
);
CREATE INDEX revoked_token_expiry ON iam.revoked_token (expires_at);

-- announcement -------------------------------------------------------------------------------------------------------

-- A statement that changes no row is not announced: every announcement makes every replica forget all it knows.
CREATE FUNCTION iam.announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed) THEN
    PERFORM pg_notify('iam', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;

-- Rows as they are after it, or as they were before a DELETE; one trigger cannot see both.
CREATE FUNCTION iam.announce_changes_of(name text, events text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  event text;
BEGIN
  FOREACH event IN ARRAY events LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON iam.%I REFERENCING %s TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION iam.announce_change()',
                   'announce_' || lower(event), event, name, CASE event WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END);
  END LOOP;
END $$;

SELECT iam.announce_changes_of(name, ARRAY['INSERT', 'UPDATE', 'DELETE'])
FROM unnest(ARRAY['domain', 'project', 'user', 'access_key', 'group', 'group_member', 'agency', 'enterprise_project',
                  'policy', 'policy_version', 'grant', 'attachment', 'revoked_token', 'sealing_key']) AS name;

-- A new temporary key is in no cache yet, and one that has ended is refused by every cache.
CREATE FUNCTION iam.announce_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('iam', TG_TABLE_NAME);
  RETURN NULL;
END $$;
CREATE TRIGGER announce_change AFTER UPDATE OR DELETE ON iam.temporary_key
  FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION iam.announce_key();

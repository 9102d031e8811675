-- The tables of the main job. Foreign keys point to the left of
-- jobs → iam → fleet → vpc → agents → tsvi, as imports do. Rows that an update rewrites step by step leave room beside
-- themselves (fillfactor), so that their indexes stay as they are.

CREATE SCHEMA jobs;
CREATE SCHEMA iam;
CREATE SCHEMA fleet;
CREATE SCHEMA vpc;
CREATE SCHEMA agents;
CREATE SCHEMA tsvi;

-- jobs ---------------------------------------------------------------------------------------------------------------

CREATE SEQUENCE jobs.id_seq MINVALUE 0 MAXVALUE 1048575 CYCLE;

-- 18 digits: milliseconds since 2019 in the upper 43 bits, a database-wide sequence in the lower 20. Unique over
-- replicas because the sequence is; increasing as long as the clock of the database does not go back.
CREATE FUNCTION jobs.next_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT (((extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1546300800000) * 1048576 + nextval('jobs.id_seq'))::text
$$;

CREATE TABLE jobs.job (
  id text PRIMARY KEY DEFAULT jobs.next_id(),
  project_id text NOT NULL,
  job_type text NOT NULL,
  status text NOT NULL CHECK (status IN ('RUNNING', 'SUCCESS', 'FAILED')),
  begin_time timestamptz NOT NULL,
  end_time timestamptz,
  sub_jobs_total integer NOT NULL CHECK (sub_jobs_total > 0),
  sub_jobs_pending integer NOT NULL CHECK (sub_jobs_pending BETWEEN 0 AND sub_jobs_total),
  sub_jobs_failed integer NOT NULL DEFAULT 0 CHECK (sub_jobs_failed BETWEEN 0 AND sub_jobs_total),
  CHECK ((status = 'RUNNING') = (end_time IS NULL)),
  CHECK ((status = 'RUNNING') = (sub_jobs_pending > 0))
);
CREATE INDEX job_project ON jobs.job (project_id, id DESC);

CREATE TABLE jobs.sub_job (
  id text PRIMARY KEY DEFAULT jobs.next_id(),
  job_id text NOT NULL REFERENCES jobs.job ON DELETE CASCADE,
  project_id text NOT NULL,
  job_type text NOT NULL,
  status text NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'SUCCESS', 'FAILED', 'ABNORMAL', 'ROLLBACK', 'ABORTING')),
  begin_time timestamptz NOT NULL,
  end_time timestamptz,
  resource_id text NOT NULL,
  resource_name text NOT NULL,
  error_code text NOT NULL DEFAULT '',
  error_message text NOT NULL DEFAULT '',
  step text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  step_at timestamptz NOT NULL,
  notice text NOT NULL DEFAULT '',
  CHECK ((status IN ('SUCCESS', 'FAILED')) = (end_time IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX sub_job_job ON jobs.sub_job (job_id, id);
CREATE INDEX sub_job_list ON jobs.sub_job (project_id, job_type, id DESC);

-- iam ----------------------------------------------------------------------------------------------------------------

CREATE TABLE iam.domain (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL
);

CREATE TABLE iam.project (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  name text NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam.user (
  id text PRIMARY KEY,
  domain_id text NOT NULL REFERENCES iam.domain,
  name text NOT NULL,
  password_hash text NOT NULL,
  is_owner boolean NOT NULL DEFAULT false,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam.access_key (
  access_key text PRIMARY KEY,
  user_id text NOT NULL REFERENCES iam.user,
  secret_sealed text NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL
);
CREATE INDEX access_key_user ON iam.access_key (user_id);

-- fleet --------------------------------------------------------------------------------------------------------------

-- Values of a project; what is not here has the default of the code (fleet/configuration.ts).
CREATE TABLE fleet.configuration (
  project_id text NOT NULL REFERENCES iam.project,
  config_key text NOT NULL,
  config_value text NOT NULL,
  PRIMARY KEY (project_id, config_key)
);

CREATE TABLE fleet.server_group (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES iam.project,
  name text NOT NULL,
  description text NOT NULL,
  image_id text NOT NULL,
  image_type text NOT NULL,
  image_product_id text NOT NULL,
  os_type text NOT NULL,
  product_id text NOT NULL,
  flavor_id text NOT NULL,
  vpc_id text NOT NULL,
  subnet_id text NOT NULL,
  system_disk_type text NOT NULL,
  system_disk_size integer NOT NULL,
  is_vdi boolean NOT NULL,
  app_type text NOT NULL,
  availability_zone text NOT NULL,
  ou_name text NOT NULL,
  extra_session_type text NOT NULL,
  extra_session_size integer NOT NULL,
  route_policy jsonb NOT NULL,
  ip_virtual_enable boolean NOT NULL,
  reboot_policy text NOT NULL DEFAULT 'on_change' CHECK (reboot_policy IN ('on_change', 'if_needed')),
  primary_server_group_id text REFERENCES fleet.server_group,
  server_group_status boolean NOT NULL,
  storage_mount_policy text NOT NULL DEFAULT 'ANY',
  enterprise_project_id text NOT NULL,
  tags jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT server_group_name UNIQUE (project_id, name),
  CHECK (NOT (ip_virtual_enable AND is_vdi))
);

CREATE TABLE fleet.server (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES iam.project,
  server_group_id text NOT NULL REFERENCES fleet.server_group,
  name text NOT NULL,
  machine_name text NOT NULL,
  description text NOT NULL DEFAULT '',
  status text NOT NULL,
  vm_status text NOT NULL,
  task_status text NOT NULL DEFAULT 'null',
  maintain_status boolean NOT NULL DEFAULT false,
  session_count integer NOT NULL DEFAULT 0,
  instance_id text NOT NULL,
  port_id text NOT NULL,
  host_address jsonb NOT NULL,
  tags jsonb NOT NULL DEFAULT '[]',
  -- what the last successful update left on the server
  ip_virtual_enable boolean NOT NULL DEFAULT false,
  job_id text,
  job_type text,
  job_status text,
  job_time timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX server_project ON fleet.server (project_id, created_at DESC, id);
CREATE INDEX server_group_servers ON fleet.server (server_group_id);

-- vpc ----------------------------------------------------------------------------------------------------------------

CREATE TABLE vpc.vpc (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES iam.project,
  name text NOT NULL,
  cidr cidr NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE vpc.subnet (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES iam.project,
  vpc_id text NOT NULL REFERENCES vpc.vpc,
  name text NOT NULL,
  cidr cidr NOT NULL,
  gateway_ip inet NOT NULL,
  dhcp_enable boolean NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE vpc.port (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES iam.project,
  subnet_id text NOT NULL REFERENCES vpc.subnet,
  device_id text NOT NULL,
  mac_address text NOT NULL UNIQUE,
  fixed_ip inet NOT NULL,
  allowed_address_pairs jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  UNIQUE (subnet_id, fixed_ip)
);

-- One row per address of a subnet. The primary key makes two owners of one address impossible.
CREATE TABLE vpc.address (
  subnet_id text NOT NULL REFERENCES vpc.subnet,
  address inet NOT NULL,
  -- 'fixed' addresses belong to a port, 'session' addresses to the block of a server
  kind text CHECK (kind IN ('fixed', 'session')),
  owner_id text,
  claimed_at timestamptz,
  released_at timestamptz,
  quarantined_until timestamptz,
  PRIMARY KEY (subnet_id, address),
  CHECK ((owner_id IS NULL) = (claimed_at IS NULL)),
  CHECK ((owner_id IS NULL) = (kind IS NULL))
);
CREATE INDEX address_owner ON vpc.address (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX address_free ON vpc.address (subnet_id, released_at NULLS FIRST, address) WHERE owner_id IS NULL;

-- agents -------------------------------------------------------------------------------------------------------------

CREATE TABLE agents.authority (
  id text PRIMARY KEY CHECK (id = 'agent-link'),
  certificate_pem text NOT NULL,
  key_sealed text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE agents.join_token (
  secret_sha256 text PRIMARY KEY,
  server_id text NOT NULL REFERENCES fleet.server,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE TABLE agents.agent (
  server_id text PRIMARY KEY REFERENCES fleet.server,
  public_key text,
  agent_version text NOT NULL DEFAULT '',
  generation integer NOT NULL DEFAULT 0,
  desired jsonb,
  boot_id text,
  applied_generation integer NOT NULL DEFAULT 0,
  linked_at timestamptz,
  seen_at timestamptz
);

-- tsvi ---------------------------------------------------------------------------------------------------------------

CREATE TABLE tsvi.update (
  -- an update is what its sub-job does: one id, and job and project are those of the sub-job and the server
  id text PRIMARY KEY REFERENCES jobs.sub_job ON DELETE CASCADE,
  job_id text NOT NULL,
  project_id text NOT NULL,
  server_id text NOT NULL REFERENCES fleet.server,
  state text NOT NULL CHECK (state IN ('planned', 'reserving', 'opening_port', 'configuring', 'rebooting', 'verifying',
                                       'undoing', 'releasing', 'done', 'failed')),
  enable boolean NOT NULL,
  former jsonb,
  generation integer,
  boot_id text,
  attempt integer NOT NULL DEFAULT 1,
  step_at timestamptz NOT NULL,
  deadline_at timestamptz,
  error_word text,
  error_facts jsonb,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 70);
-- A server has one update at a time: this index, not a look before the leap, refuses the second.
CREATE UNIQUE INDEX update_running ON tsvi.update (server_id) WHERE finished_at IS NULL;
CREATE INDEX update_job ON tsvi.update (job_id);

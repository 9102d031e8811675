-- Sessions as the hosts report them, and who had which address when. Nothing here refers to a server by a foreign key:
-- what was true stays true when the server is gone.

CREATE SCHEMA sessions;

-- Each connection of an agent has a number, larger than those before it: what an older connection still says is late.
ALTER TABLE agents.agent ADD COLUMN link_number integer NOT NULL DEFAULT 0;
-- When its host last named all of its sessions: what it names later and did not name then began after that.
ALTER TABLE agents.agent ADD COLUMN listed_at timestamptz;

-- What the agent said with its last hello that it can be told.
ALTER TABLE agents.agent ADD COLUMN features text[] NOT NULL DEFAULT '{}';

CREATE TABLE sessions.session (
  -- 32 hex digits, made of server, boot, the host's own id and the start: whoever writes it down first, it is the same
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
  project_id text NOT NULL,
  server_id text NOT NULL,
  boot_id text NOT NULL,
  host_session_id text NOT NULL,
  user_name text NOT NULL,
  uid bigint NOT NULL,
  client_ip inet,
  virtual_ip inet,
  state text NOT NULL CHECK (state IN ('Active', 'Disconnected', 'AppcInit', 'SignedOut', 'InitFail')),
  state_at timestamptz NOT NULL,
  -- as the host wrote it, which is how the host knows the session again
  host_started_at text NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  end_reason text CHECK (end_reason IN ('ended', 'logoff', 'reboot', 'server_deleted')),
  -- the server and its group as they were when the session was first heard of
  server_group_id text NOT NULL,
  server_group_name text NOT NULL,
  primary_server_group_id text,
  session_type text NOT NULL CHECK (session_type IN ('1', '2')),
  server_name text NOT NULL,
  machine_name text NOT NULL,
  vm_ip text NOT NULL,
  agent_version text NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((end_time IS NULL) = (end_reason IS NULL)),
  CHECK ((end_time IS NULL) = (state NOT IN ('SignedOut', 'InitFail'))),
  CHECK (end_time >= start_time)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX session_live ON sessions.session (server_id, host_session_id) WHERE end_time IS NULL;
CREATE INDEX session_project ON sessions.session (project_id, start_time DESC, id);
CREATE INDEX session_of_user ON sessions.session (project_id, user_name, start_time DESC, id);
CREATE INDEX session_virtual_ip ON sessions.session (project_id, virtual_ip, start_time DESC, id);

-- Ranges of text make an equality that GiST has without an extension: an operator of a managed PostgreSQL may not be
-- allowed to install one.
CREATE TYPE sessions.text_range AS RANGE (subtype = text, collation = "C");

-- Who held an address of a subnet, from when until when: append-only. The exclusion constraint makes two holders at one
-- instant impossible, so "who had it then" has one answer or none.
CREATE TABLE sessions.assignment (
  session_id text PRIMARY KEY REFERENCES sessions.session,
  project_id text NOT NULL,
  server_id text NOT NULL,
  subnet_id text NOT NULL,
  address inet NOT NULL,
  held_from timestamptz NOT NULL,
  held_until timestamptz,
  CHECK (held_until >= held_from),
  CONSTRAINT assignment_one_holder EXCLUDE USING gist (
    address inet_ops WITH =,
    sessions.text_range(subnet_id, subnet_id, '[]') WITH =,
    tstzrange(held_from, held_until) WITH &&
  )
);
CREATE INDEX assignment_open ON sessions.assignment (server_id) WHERE held_until IS NULL;

CREATE FUNCTION sessions.keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.held_until IS NULL AND NEW.held_until IS NOT NULL
     AND (NEW.session_id, NEW.project_id, NEW.server_id, NEW.subnet_id, NEW.address, NEW.held_from)
         IS NOT DISTINCT FROM
         (OLD.session_id, OLD.project_id, OLD.server_id, OLD.subnet_id, OLD.address, OLD.held_from) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the history of addresses is append-only: an interval is closed once and never changed or deleted';
END
$$;
CREATE TRIGGER assignment_history BEFORE UPDATE OR DELETE ON sessions.assignment
  FOR EACH ROW EXECUTE FUNCTION sessions.keep_history();

-- A server that is deleted has no sessions any more, and keeps its history: held here, so that nobody can forget it.
CREATE FUNCTION sessions.end_of_server() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM sessions.session WHERE server_id = OLD.id AND end_time IS NULL ORDER BY id FOR NO KEY UPDATE;
  UPDATE sessions.session
  SET state = 'SignedOut', state_at = now(), end_time = greatest(now(), start_time), end_reason = 'server_deleted',
      updated_at = now()
  WHERE server_id = OLD.id AND end_time IS NULL;
  UPDATE sessions.assignment SET held_until = greatest(now(), held_from)
  WHERE server_id = OLD.id AND held_until IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER server_deleted AFTER DELETE ON fleet.server
  FOR EACH ROW EXECUTE FUNCTION sessions.end_of_server();

-- One order to end a session, delivered until the session is reported to have ended. A second order may bring it
-- forward, never put it off.
CREATE TABLE sessions.logoff (
  session_id text PRIMARY KEY REFERENCES sessions.session ON DELETE CASCADE,
  server_id text NOT NULL,
  requested_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  message_type integer NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  transaction_id text NOT NULL,
  done_at timestamptz
);
CREATE INDEX logoff_pending ON sessions.logoff (server_id) WHERE done_at IS NULL;

-- However a session ends, the order is done with it. A statement of a trigger sees what was committed while the one that
-- fired it waited for the session: an order that came first is done as well.
CREATE FUNCTION sessions.finish_logoff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sessions.logoff SET done_at = NEW.updated_at WHERE session_id = NEW.id AND done_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER session_ended AFTER UPDATE OF end_time ON sessions.session
  FOR EACH ROW WHEN (OLD.end_time IS NULL AND NEW.end_time IS NOT NULL) EXECUTE FUNCTION sessions.finish_logoff();

-- A file that was asked for: written by the job queue, kept for a day.
CREATE TABLE sessions.export (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
  project_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('sessions', 'user_connection', 'app_connection')),
  filter jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('RUNNING', 'SUCCESS', 'FAILED')),
  -- how often its writing began: an earlier try that is still under way writes no more
  attempt integer NOT NULL DEFAULT 0,
  failure text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CHECK ((status = 'RUNNING') = (finished_at IS NULL)),
  CHECK ((status = 'FAILED') = (failure IS NOT NULL))
);
CREATE INDEX export_age ON sessions.export (created_at);
CREATE INDEX export_project ON sessions.export (project_id, created_at);

-- Its text, in pieces: nobody ever holds a whole one to write it.
CREATE TABLE sessions.export_part (
  export_id text NOT NULL REFERENCES sessions.export ON DELETE CASCADE,
  number integer NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (export_id, number)
);

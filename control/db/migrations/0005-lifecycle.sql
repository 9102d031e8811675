-- What is done to servers. Foreign keys point to the left of … → fleet → vpc → agents → sessions → tsvi → lifecycle.

CREATE SCHEMA lifecycle;

CREATE TABLE lifecycle.task (
  id text PRIMARY KEY DEFAULT jobs.next_id(),
  -- where the API has a job for it: a task is what this sub-job does
  sub_job_id text UNIQUE REFERENCES jobs.sub_job ON DELETE SET NULL,
  job_id text,
  project_id text NOT NULL,
  -- no foreign key: a task that has deleted its server is still there
  server_id text NOT NULL,
  -- the words of both are the code's, lifecycle/rules.ts
  kind text NOT NULL,
  state text NOT NULL,
  -- what the caller asked for, as the kind of task needs it
  request jsonb NOT NULL DEFAULT '{}',
  -- the boot the server was in when the task began
  boot_id text,
  attempt integer NOT NULL DEFAULT 1,
  -- whether the try has begun, or was refused and is to come again; and what the last refusal in this state said
  phase text NOT NULL DEFAULT 'queued' CHECK (phase IN ('queued', 'running', 'pausing')),
  refusal jsonb,
  step_at timestamptz NOT NULL,
  deadline_at timestamptz,
  error_word text,
  error_facts jsonb,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 70);
-- A server has one task at a time: this index, not a look before the leap, refuses the second.
CREATE UNIQUE INDEX task_running ON lifecycle.task (server_id) WHERE finished_at IS NULL;
CREATE INDEX task_overdue ON lifecycle.task (deadline_at) WHERE finished_at IS NULL;
CREATE INDEX task_job ON lifecycle.task (job_id) WHERE job_id IS NOT NULL;

-- What a server is made of is its own: its group may change afterwards. Null: as its group says.
ALTER TABLE fleet.server
  ADD COLUMN product_id text,
  ADD COLUMN flavor_id text,
  ADD COLUMN image_id text,
  ADD COLUMN availability_zone text,
  ADD COLUMN ou_name text,
  ADD COLUMN root_volume_type text,
  ADD COLUMN root_volume_size integer CHECK (root_volume_size > 0);

-- A server that is deleted takes along what is about it alone; jobs are history and stay.
ALTER TABLE agents.join_token
  DROP CONSTRAINT join_token_server_id_fkey,
  ADD CONSTRAINT join_token_server_id_fkey FOREIGN KEY (server_id) REFERENCES fleet.server ON DELETE CASCADE;
ALTER TABLE agents.agent
  DROP CONSTRAINT agent_server_id_fkey,
  ADD CONSTRAINT agent_server_id_fkey FOREIGN KEY (server_id) REFERENCES fleet.server ON DELETE CASCADE;
ALTER TABLE tsvi.update
  DROP CONSTRAINT update_server_id_fkey,
  ADD CONSTRAINT update_server_id_fkey FOREIGN KEY (server_id) REFERENCES fleet.server ON DELETE CASCADE;
CREATE INDEX join_token_server ON agents.join_token (server_id);
CREATE INDEX update_server ON tsvi.update (server_id);
CREATE INDEX port_device ON vpc.port (device_id);

-- An upgrade of an agent, as the list of upgrade records shows it. It outlives its server, so it keeps the names.
CREATE TABLE agents.upgrade (
  -- an upgrade is what its sub-job does: one id
  id text PRIMARY KEY,
  project_id text NOT NULL,
  server_id text NOT NULL,
  server_name text NOT NULL,
  machine_name text NOT NULL,
  server_group_name text NOT NULL,
  -- version of the agent when it began
  current_version text NOT NULL,
  target_version text NOT NULL,
  status text NOT NULL CHECK (status IN ('RUNNING', 'SUCCESS', 'FAILED')),
  -- when the agent was told; null until then
  told_at timestamptz,
  updated_at timestamptz NOT NULL
);
CREATE INDEX upgrade_project ON agents.upgrade (project_id, updated_at DESC, id);
-- A server has one upgrade at a time.
CREATE UNIQUE INDEX upgrade_running ON agents.upgrade (server_id) WHERE status = 'RUNNING';

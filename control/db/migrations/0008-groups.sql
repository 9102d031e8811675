-- Tenants and scaling policies; how lists of groups are read.

-- A project is a tenant from the first time that somebody says so, or makes a group in it. Without a row it is active.
CREATE TABLE fleet.tenant (
  project_id text PRIMARY KEY REFERENCES iam.project,
  service_status text NOT NULL DEFAULT 'active' CHECK (service_status IN ('active', 'inactive')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE fleet.scaling_policy (
  server_group_id text PRIMARY KEY REFERENCES fleet.server_group ON DELETE CASCADE,
  policy jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE INDEX server_group_project ON fleet.server_group (project_id, created_at DESC, id);
CREATE INDEX server_group_standby ON fleet.server_group (primary_server_group_id)
  WHERE primary_server_group_id IS NOT NULL;

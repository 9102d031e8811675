-- VPCs, subnets and ports as their own API makes and shows them.

-- Two VPCs of a project are never called the same; before, nobody could name one but the operator.
UPDATE vpc.vpc SET name = left(name, 27) || '-' || id
WHERE EXISTS (SELECT FROM vpc.vpc AS o WHERE o.project_id = vpc.project_id AND o.name = vpc.name AND o.id < vpc.id);

ALTER TABLE vpc.vpc
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN enterprise_project_id text NOT NULL DEFAULT '0',
  ADD COLUMN enterprise_project_row text GENERATED ALWAYS AS (nullif(enterprise_project_id, '0')) STORED,
  ADD COLUMN tags jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN updated_at timestamptz,
  ADD CONSTRAINT vpc_enterprise_project FOREIGN KEY (enterprise_project_row) REFERENCES iam.enterprise_project;
CREATE UNIQUE INDEX vpc_name ON vpc.vpc (project_id, name) WHERE name <> '';
CREATE INDEX vpc_page ON vpc.vpc (project_id, id);
CREATE INDEX vpc_enterprise_project ON vpc.vpc (enterprise_project_row) WHERE enterprise_project_row IS NOT NULL;

ALTER TABLE vpc.subnet
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN availability_zone text NOT NULL DEFAULT '',
  ADD COLUMN dns_list jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN extra_dhcp_opts jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN tags jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN updated_at timestamptz;
CREATE INDEX subnet_page ON vpc.subnet (project_id, id);
CREATE INDEX subnet_vpc ON vpc.subnet (vpc_id);

-- How many addresses of a subnet are given or rest, counted without looking at those that are free.
CREATE INDEX address_used ON vpc.address (subnet_id) WHERE owner_id IS NOT NULL OR quarantined_until IS NOT NULL;

-- An empty device is nobody's: the port was made by the caller, who may delete it.
ALTER TABLE vpc.port
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN device_owner text NOT NULL DEFAULT '',
  ADD COLUMN updated_at timestamptz;
CREATE INDEX port_page ON vpc.port (project_id, id);

-- Which groups and servers are in a subnet or a VPC that is to go; a server has its subnet before it has its port.
CREATE INDEX server_subnet ON fleet.server ((host_address ->> 'subnet_id'));
CREATE INDEX server_group_subnet ON fleet.server_group (subnet_id);
CREATE INDEX server_group_vpc ON fleet.server_group (vpc_id);

-- A release is three steps that anybody may finish: the address leaves, the port is closed for it, its owner gives it
-- back. What leaves is marked, so that whoever writes the port knows what to close it for, and nobody releases more.

ALTER TABLE vpc.address
  ADD COLUMN leaving_at timestamptz,
  ADD CHECK (leaving_at IS NULL OR owner_id IS NOT NULL);

-- The last update failed: what the server really has is for the next one to find out.
ALTER TABLE fleet.server ADD COLUMN ip_virtual_in_doubt boolean NOT NULL DEFAULT false;

-- How often addresses were claimed for an update: of two that drive it at once, one may claim.
ALTER TABLE tsvi.update ADD COLUMN claims integer NOT NULL DEFAULT 0;

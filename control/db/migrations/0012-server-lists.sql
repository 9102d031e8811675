-- Lists of servers cost what they show, not what there is: an exact count without counting, parts of names and addresses
-- from an index, and every order that a page is cut from.

-- Nobody makes or removes servers between the first count and the triggers; another version may still be running.
LOCK TABLE fleet.server IN SHARE ROW EXCLUSIVE MODE;

-- How many servers there are, as differences: whoever makes or removes servers adds a row of its own, so that nobody waits
-- for anybody, and the sum is exact in every snapshot.
CREATE TABLE fleet.server_tally (
  project_id text NOT NULL,
  server_group_id text NOT NULL,
  maintain_status boolean NOT NULL,
  delta integer NOT NULL
);
CREATE INDEX server_tally_place ON fleet.server_tally (project_id, server_group_id, maintain_status) INCLUDE (delta);

INSERT INTO fleet.server_tally
SELECT project_id, server_group_id, maintain_status, count(*) FROM fleet.server GROUP BY 1, 2, 3;

-- Rows of one place that nobody else adds up right now become one, or none; others see the old ones until this commits.
CREATE FUNCTION fleet.add_up_servers(project text, server_group text, maintain boolean) RETURNS void LANGUAGE sql AS $$
  WITH ours AS (
    SELECT ctid FROM fleet.server_tally
    WHERE project_id = project AND server_group_id = server_group AND maintain_status = maintain
    FOR UPDATE SKIP LOCKED
  ),
  gone AS (DELETE FROM fleet.server_tally WHERE ctid IN (SELECT ctid FROM ours) RETURNING delta)
  INSERT INTO fleet.server_tally SELECT project, server_group, maintain, sum(delta) FROM gone HAVING sum(delta) <> 0
$$;

CREATE FUNCTION fleet.tally_servers(project text, server_group text, maintain boolean, difference bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fleet.server_tally VALUES (project, server_group, maintain, difference);
  IF (SELECT count(*) > 16 FROM fleet.server_tally
      WHERE project_id = project AND server_group_id = server_group AND maintain_status = maintain) THEN
    PERFORM fleet.add_up_servers(project, server_group, maintain);
  END IF;
END $$;

CREATE FUNCTION fleet.tally_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fleet.tally_servers(project_id, server_group_id, maintain_status, n)
  FROM (SELECT project_id, server_group_id, maintain_status, count(*) AS n FROM changed GROUP BY 1, 2, 3) AS sums;
  RETURN NULL;
END $$;

CREATE FUNCTION fleet.tally_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fleet.tally_servers(project_id, server_group_id, maintain_status, -n)
  FROM (SELECT project_id, server_group_id, maintain_status, count(*) AS n FROM changed GROUP BY 1, 2, 3) AS sums;
  RETURN NULL;
END $$;

CREATE FUNCTION fleet.tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fleet.tally_servers(OLD.project_id, OLD.server_group_id, OLD.maintain_status, -1);
  PERFORM fleet.tally_servers(NEW.project_id, NEW.server_group_id, NEW.maintain_status, 1);
  RETURN NULL;
END $$;

-- a group that goes has no servers and gets none: its rows come to nothing
CREATE FUNCTION fleet.tally_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM fleet.server_tally WHERE project_id = OLD.project_id AND server_group_id = OLD.id;
  RETURN NULL;
END $$;

CREATE TRIGGER server_tally_forget AFTER DELETE ON fleet.server_group
  FOR EACH ROW EXECUTE FUNCTION fleet.tally_forgotten();
CREATE TRIGGER server_tally_insert AFTER INSERT ON fleet.server
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fleet.tally_inserted();
CREATE TRIGGER server_tally_delete AFTER DELETE ON fleet.server
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fleet.tally_deleted();
-- by column, so that the many updates of anything else pay nothing
CREATE TRIGGER server_tally_move AFTER UPDATE OF project_id, server_group_id, maintain_status ON fleet.server
  FOR EACH ROW WHEN ((OLD.project_id, OLD.server_group_id, OLD.maintain_status)
                     IS DISTINCT FROM (NEW.project_id, NEW.server_group_id, NEW.maintain_status))
  EXECUTE FUNCTION fleet.tally_moved();

-- Pieces of three characters: what has all pieces of a text may have the text. No extension that a server may lack.
CREATE FUNCTION fleet.pieces(whole text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(whole, n, 3)), '{}') FROM generate_series(1, length(whole) - 2) AS n
$$;

CREATE INDEX server_name_pieces ON fleet.server USING gin (fleet.pieces(name));
CREATE INDEX server_machine_name_pieces ON fleet.server USING gin (fleet.pieces(machine_name));
CREATE INDEX server_addr_pieces ON fleet.server USING gin (fleet.pieces(host_address ->> 'addr'));

DROP INDEX fleet.server_group_servers;
CREATE INDEX server_group_servers ON fleet.server (server_group_id, created_at DESC, id);
CREATE INDEX server_group_maintained ON fleet.server (server_group_id, maintain_status, created_at DESC, id);
CREATE INDEX server_maintained ON fleet.server (project_id, maintain_status, created_at DESC, id);

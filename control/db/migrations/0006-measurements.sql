-- What the agents measure, added up: by the minute for two days, by five minutes for as long as it is kept. From count,
-- sum and sum of squares every longer period follows. No foreign key: to delete a server is not to delete half a million
-- rows; what it measured ages as everything does.
CREATE TABLE agents.metric (
  server_id text NOT NULL,
  metric text NOT NULL,
  period integer NOT NULL CHECK (period IN (60, 300)),
  at timestamptz NOT NULL,
  count integer NOT NULL CHECK (count > 0),
  sum double precision NOT NULL,
  sum_of_squares double precision NOT NULL,
  min double precision NOT NULL,
  max double precision NOT NULL,
  PRIMARY KEY (server_id, metric, period, at)
) WITH (fillfactor = 80);
CREATE INDEX metric_age ON agents.metric (period, at);

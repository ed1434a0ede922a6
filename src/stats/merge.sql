-- Joins what a batch says of sessions with what is stored, register by register, as `session.rs`
-- does in memory: each register is a minimum or a maximum over (instant, content), and an absent
-- content comes before every other. Parameters: the tenant, then one array for each column of delta.
WITH delta AS MATERIALIZED (
  SELECT * FROM UNNEST(
    $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::int[],
    $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[],
    $13::timestamptz[], $14::text[], $15::timestamptz[], $16::timestamptz[], $17::text[],
    $18::timestamptz[], $19::timestamptz[], $20::text[], $21::bool[], $22::bigint[]
  ) AS d (
    session_id, product, first_event_at, first_product, last_event_at, last_event_hour,
    started_at, channel, channel_name, visitor_id, customer_name,
    queued_at, queue, assigned_at, agent_assigned_at, agent_id,
    transferred_at, ended_at, ended_by, resolved, stated_duration_ms
  )
), held AS MATERIALIZED (
  -- In the order of their ids, so that two writers never wait for each other in a circle.
  SELECT * FROM analytics_sessions
  WHERE tenant_id = $1 AND session_id = ANY($2::text[])
  ORDER BY session_id FOR UPDATE
), merged AS MATERIALIZED (
  SELECT d.session_id, h.session_id IS NOT NULL AS known,
    CASE WHEN w.first THEN d.first_event_at ELSE h.first_event_at END AS first_event_at,
    CASE WHEN w.first THEN d.first_product ELSE h.first_product END AS first_product,
    GREATEST(d.last_event_at, h.last_event_at) AS last_event_at,
    GREATEST(d.last_event_hour, h.last_event_hour) AS last_event_hour,
    CASE WHEN w.start THEN d.started_at ELSE h.started_at END AS started_at,
    CASE WHEN w.start THEN d.product ELSE h.product END AS start_product,
    CASE WHEN w.start THEN d.channel ELSE h.channel END AS channel,
    CASE WHEN w.start THEN d.channel_name ELSE h.channel_name END AS channel_name,
    CASE WHEN w.start THEN d.visitor_id ELSE h.visitor_id END AS visitor_id,
    CASE WHEN w.start THEN d.customer_name ELSE h.customer_name END AS customer_name,
    CASE WHEN w.queue THEN d.queued_at ELSE h.queued_at END AS queued_at,
    CASE WHEN w.queue THEN d.queue ELSE h.queue END AS queue,
    LEAST(d.assigned_at, h.assigned_at) AS assigned_at,
    CASE WHEN w.agent THEN d.agent_assigned_at ELSE h.agent_assigned_at END AS agent_assigned_at,
    CASE WHEN w.agent THEN d.agent_id ELSE h.agent_id END AS agent_id,
    LEAST(d.transferred_at, h.transferred_at) AS transferred_at,
    CASE WHEN w.over THEN d.ended_at ELSE h.ended_at END AS ended_at,
    CASE WHEN w.over THEN d.ended_by ELSE h.ended_by END AS ended_by,
    CASE WHEN w.over THEN d.resolved ELSE h.resolved END AS resolved,
    CASE WHEN w.over THEN d.stated_duration_ms ELSE h.stated_duration_ms END AS stated_duration_ms,
    LEAST(h.started_at, h.queued_at, h.assigned_at, h.transferred_at, h.ended_at) AS held_low,
    GREATEST(h.started_at, h.queued_at, h.assigned_at, h.transferred_at, h.ended_at) AS held_high,
    ARRAY[h.started_at, h.queued_at, h.assigned_at, h.transferred_at, h.ended_at] AS held_instants
  FROM delta d LEFT JOIN held h USING (session_id)
  CROSS JOIN LATERAL (SELECT
    h.session_id IS NULL OR (d.first_event_at, d.first_product COLLATE "C")
      < (h.first_event_at, h.first_product COLLATE "C") AS first,
    d.started_at IS NOT NULL AND (h.started_at IS NULL OR (
        d.started_at, d.product COLLATE "C", COALESCE(d.channel, '') COLLATE "C",
        COALESCE(d.channel_name, '') COLLATE "C", COALESCE(d.visitor_id, '') COLLATE "C",
        COALESCE(d.customer_name, '') COLLATE "C"
      ) < (
        h.started_at, h.product COLLATE "C", COALESCE(h.channel, '') COLLATE "C",
        COALESCE(h.channel_name, '') COLLATE "C", COALESCE(h.visitor_id, '') COLLATE "C",
        COALESCE(h.customer_name, '') COLLATE "C"
      )) AS start,
    d.queued_at IS NOT NULL AND (h.queued_at IS NULL
      OR (d.queued_at, COALESCE(d.queue, '') COLLATE "C")
        < (h.queued_at, COALESCE(h.queue, '') COLLATE "C")) AS queue,
    d.agent_assigned_at IS NOT NULL AND (h.agent_assigned_at IS NULL
      OR (d.agent_assigned_at, COALESCE(d.agent_id, '') COLLATE "C")
        > (h.agent_assigned_at, COALESCE(h.agent_id, '') COLLATE "C")) AS agent,
    d.ended_at IS NOT NULL AND (h.ended_at IS NULL OR (
        d.ended_at, COALESCE(d.ended_by, '') COLLATE "C", COALESCE(d.resolved::int, -1),
        COALESCE(d.stated_duration_ms, -1)
      ) > (
        h.ended_at, COALESCE(h.ended_by, '') COLLATE "C", COALESCE(h.resolved::int, -1),
        COALESCE(h.stated_duration_ms, -1)
      )) AS over
  ) w
), derived AS MATERIALIZED (
  SELECT m.*,
    CASE WHEN started_at IS NULL THEN first_product ELSE start_product END AS product,
    -- GREATEST passes over NULL: a time without both ends must not become 0.
    CASE WHEN ended_at IS NOT NULL THEN COALESCE(stated_duration_ms,
      CASE WHEN started_at IS NOT NULL THEN
        GREATEST(0, TRUNC(EXTRACT(EPOCH FROM ended_at - started_at) * 1000)::bigint) END)
      END AS duration_ms,
    CASE WHEN queued_at IS NOT NULL AND assigned_at IS NOT NULL THEN
      GREATEST(0, TRUNC(EXTRACT(EPOCH FROM assigned_at - queued_at) * 1000)::bigint)
      END AS wait_ms,
    CASE WHEN queued_at IS NOT NULL AND ended_at IS NOT NULL AND assigned_at IS NULL THEN
      GREATEST(0, TRUNC(EXTRACT(EPOCH FROM ended_at - queued_at) * 1000)::bigint)
      END AS abandon_ms
  FROM merged m
), updated AS (
  UPDATE analytics_sessions s SET
    product = d.product, first_event_at = d.first_event_at, first_product = d.first_product,
    last_event_at = d.last_event_at, last_event_hour = d.last_event_hour,
    started_at = d.started_at, channel = d.channel, channel_name = d.channel_name,
    visitor_id = d.visitor_id, customer_name = d.customer_name, queued_at = d.queued_at,
    queue = d.queue, assigned_at = d.assigned_at, agent_assigned_at = d.agent_assigned_at,
    agent_id = d.agent_id, transferred_at = d.transferred_at, ended_at = d.ended_at,
    ended_by = d.ended_by, resolved = d.resolved, duration_ms = d.duration_ms,
    stated_duration_ms = d.stated_duration_ms, wait_ms = d.wait_ms, abandon_ms = d.abandon_ms
  FROM derived d
  WHERE s.tenant_id = $1 AND s.session_id = d.session_id AND d.known
), inserted AS (
  -- One that another writer inserts meanwhile is merged by the next round.
  INSERT INTO analytics_sessions (
    tenant_id, session_id, product, first_event_at, first_product, last_event_at, last_event_hour,
    started_at, channel, channel_name, visitor_id, customer_name, queued_at, queue, assigned_at,
    agent_assigned_at, agent_id, transferred_at, ended_at, ended_by, resolved, duration_ms,
    stated_duration_ms, wait_ms, abandon_ms
  )
  SELECT
    $1, session_id, product, first_event_at, first_product, last_event_at, last_event_hour,
    started_at, channel, channel_name, visitor_id, customer_name, queued_at, queue, assigned_at,
    agent_assigned_at, agent_id, transferred_at, ended_at, ended_by, resolved, duration_ms,
    stated_duration_ms, wait_ms, abandon_ms
  FROM derived WHERE NOT known
  ON CONFLICT DO NOTHING
  RETURNING session_id
), spans AS (
  SELECT
    LEAST(held_low, started_at, queued_at, assigned_at, transferred_at, ended_at) AS low,
    GREATEST(held_high, started_at, queued_at, assigned_at, transferred_at, ended_at) AS high,
    held_instants || ARRAY[started_at, queued_at, assigned_at, transferred_at, ended_at] AS instants
  FROM derived
), hours AS (
  -- The stretches of time by which figures count these sessions, to the hour.
  SELECT date_trunc('hour', low, 'UTC') AS low, date_trunc('hour', high, 'UTC') AS high
  FROM spans WHERE high - low < INTERVAL '1 day'
  UNION
  SELECT date_trunc('hour', instant, 'UTC'), date_trunc('hour', instant, 'UTC')
  FROM spans CROSS JOIN UNNEST(instants) AS instant
  WHERE high - low >= INTERVAL '1 day' AND instant IS NOT NULL
)
SELECT low, high, NULL AS missed FROM hours
UNION ALL
SELECT NULL, NULL, session_id FROM derived
WHERE NOT known AND session_id NOT IN (SELECT session_id FROM inserted)

"""Policies of the repository that journeys happen in. Bakes last seconds, since time is stepped and every second is work."""

POLICY = """\
version: 1
mode: active
environments:
  staging: {}
  production:
    accepts: [default_branch, pull_request]
    strategy: canary
    driver: { kind: deployment, honours: [traffic] }
    rollback:
      mode: automatic
      when:
        - "Error rate > 1% (baseline: 0.1%)"
        - "p99 latency > 500ms (baseline: 200ms)"
strategies:
  canary:
    steps:
      - { traffic: 5%,   bake: 20s, max: 60s }
      - { traffic: 25%,  bake: 10s, max: 60s }
      - { traffic: 50%,  bake: 10s, max: 60s }
      - { traffic: 100%, bake: 10s, max: 60s }
    min_requests: 300
slis:
  error_rate:
    bad:   'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))'
    total: 'sum(increase(http_requests_total{track="$track"}[$window]))'
  latency:
    histogram: 'http_request_duration_seconds{track="$track"}'
"""

MORTAL_POLICY = (
    POLICY.replace("bake: 20s, max: 60s", "bake: 5s, max: 10m")
    .replace("bake: 10s, max: 60s", "bake: 5s, max: 10m")
    .replace(
        """\
      - { traffic: 25%,  bake: 5s, max: 10m }
      - { traffic: 50%,  bake: 5s, max: 10m }
""",
        "",
    )
    .replace("min_requests: 300", "min_requests: 100")
    .replace("mode: automatic", "mode: automatic\n      watch: { for: 0s, automatic_for: 0s }")
)
"""Two steps, 5 % and everybody, watched as briefly as says something and not after success: for journeys that are repeated at each of their points."""

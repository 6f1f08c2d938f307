"""The smallest file that deploys by canary and rolls back by itself: what the bot offers where there is no policy yet."""

MINIMAL_FILE = """\
version: 1
mode: active
environments:
  staging:
    deploy: auto              # each green commit of the default branch
  production:
    after: staging
    deploy: gated             # a person types /deploy
    strategy: canary
    driver: { kind: deployment, honours: [traffic] }   # required for canary, see below
    rollback:
      mode: automatic         # left out = dry_run
      when:
        - "Error rate > 1% (baseline: 0.1%)"
        - "p99 latency > 500ms (baseline: 200ms)"
slis:
  error_rate:
    bad:   'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))'
    total: 'sum(increase(http_requests_total{track="$track"}[$window]))'
  latency:
    histogram: 'http_request_duration_seconds{track="$track"}'
"""

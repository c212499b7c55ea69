#!/bin/sh
# A Lambda function that writes down how it is invoked, and never answers CodeDeploy: whoever runs the kit does that.
# Needs nothing but what provided.al2023 has. With FAIL set, each of its invocations ends in an error.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
headers=$(mktemp)
while true; do
    event=$(curl -sS -D "$headers" "$api/next")
    id=$(sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *\([^[:space:]]*\).*/\1/p' "$headers")
    echo "asked $id $event"
    if [ -n "$FAIL" ]; then
        curl -sS -o /dev/null -d '{"errorType": "Conformance.Failed", "errorMessage": "as asked"}' "$api/$id/error"
    else
        curl -sS -o /dev/null -d 'null' "$api/$id/response"
    fi
done

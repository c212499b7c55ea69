"""Reviews to render."""

from greenlight.review.findings import Consequent, Counts, Difference, Finding, Quiet, Rank, Review

LISTENER = Finding(
    rank=Rank.BLOCKED,
    address="aws_lb_listener.traffic_prod_1A",
    construct="prod/service-api/traffic/prod",
    action="replaced",
    consequence="The new listener forwards to blue, although green is live: 503 till a release.",
    instead="Keep the load balancer.",
    why="`aws_lb.main` is replaced",
    differences=(
        Difference(path="load_balancer_arn", before='"arn:old"', after="(known after apply)", forces=True),
        Difference(path="port", before="80", after="81"),
    ),
    consequents=(
        Consequent(
            address="aws_lb_listener.traffic_test_2B",
            construct="prod/service-api/traffic/test",
            action="replaced",
            by="load_balancer_arn",
        ),
    ),
)
TASK = Finding(
    rank=Rank.NEXT_RELEASE,
    address="aws_ecs_task_definition.task",
    construct=None,
    action="new revision",
    consequence="Nothing restarts.",
    instead="Release it: `greenlight deploy prod/api`.",
    differences=(Difference(path="memory", before='"512"', after='"1024"', forces=True),),
)
ROUTE = Finding(
    rank=Rank.TRAFFIC,
    address='aws_route.out["a.b"]',
    construct=None,
    action="changed in place",
    consequence="Open connections out are cut.",
    instead="Do it at night.",
    allowed="agreed with payments",
)
INSIGHTS = Finding(
    rank=Rank.SAFE,
    address="aws_ecs_cluster.main",
    construct=None,
    action="changed in place",
    consequence="Traffic sees nothing.",
    instead=None,
    differences=(Difference(path="setting.containerInsights", before='"disabled"', after='"enabled"'),),
)
TAGGED = tuple(
    Quiet(
        address=f"aws_subnet.private[{number}]",
        construct=None,
        action="changed in place",
        summary="tags only",
        differences=(Difference(path="tags.Team", before=None, after='"payments"'),),
    )
    for number in range(3)
)
DASHBOARD = Quiet(
    address="aws_cloudwatch_dashboard.main", construct="prod/dashboard", action="created", summary="carries no traffic"
)
PROD = Review(
    stack="prod",
    verdict=Rank.BLOCKED,
    headline="Production would go from green to blue, where nothing runs.",
    counts=Counts(add=1, change=5, replace=3),
    notes=("Released since the last apply: `prod-api`.",),
    findings=(LISTENER, ROUTE, TASK, INSIGHTS),
    quiet=(*TAGGED, DASHBOARD),
    fingerprint="3f2a9c0d11e4aa77",
    plan_sha256="9f86d081884c7d65",
    live={"prod-api": "green, revision 14"},
)
DEV = Review(stack="dev", verdict=Rank.SAFE, headline="Nothing changes.", counts=Counts())

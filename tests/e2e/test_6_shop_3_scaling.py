"""A service is scaled by its requests, before a release and after it; in between scaling is suspended."""

from typing import Any

from sandbox.stream import RequestStream
from tests.e2e.harness import Environment, poll
from tests.e2e.test_6_shop_1_deploy import answer

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/shop-api",
    "ScalableDimension": "ecs:service:DesiredCount",
}
KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
LEAST, MOST = 2, 3  # as in shop.py


def tracking(**metric: Any) -> dict[str, Any]:
    return {**metric, "ScaleInCooldown": 600, "ScaleOutCooldown": 30, "DisableScaleIn": False}


def predefined(name: str, target: float) -> dict[str, Any]:
    return tracking(TargetValue=target, PredefinedMetricSpecification={"PredefinedMetricType": name})


def test_each_target_of_the_settings_is_a_policy_with_their_pauses(shop_environment: Environment) -> None:
    scaling = shop_environment.client("application-autoscaling")
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=TARGET["ResourceId"])[
        "ScalingPolicies"
    ]
    policies = {one["PolicyName"]: one["TargetTrackingScalingPolicyConfiguration"] for one in found}
    requests = policies.pop("shop-api-requests")

    assert policies == {
        "shop-api-cpu": predefined("ECSServiceAverageCPUUtilization", 100),
        "shop-api-memory": predefined("ECSServiceAverageMemoryUtilization", 90),
    }
    del requests["CustomizedMetricSpecification"]  # what the test below tries
    assert requests == tracking(TargetValue=10)


class Scaled:
    """The shop's api, as its administrator sees and changes it."""

    def __init__(self, shop: Environment) -> None:
        self._ecs, self._scaling = shop.client("ecs"), shop.client("application-autoscaling")

    @property
    def desired(self) -> int:
        found = self._ecs.describe_services(cluster="shop", services=["shop-api"])["services"][0]
        return int(found["desiredCount"])

    def scale_to(self, count: int) -> None:
        self._ecs.update_service(cluster="shop", service="shop-api", desiredCount=count)

    @property
    def suspended(self) -> set[bool]:
        (target,) = self._scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[TARGET["ResourceId"]])[
            "ScalableTargets"
        ]
        return set(target["SuspendedState"].values())

    def suspend(self, state: bool) -> None:
        self._scaling.register_scalable_target(**TARGET, SuspendedState=dict.fromkeys(KINDS, state))

    def activities(self) -> list[dict[str, Any]]:
        return list(self._scaling.describe_scaling_activities(**TARGET)["ScalingActivities"])


def test_requests_start_tasks_before_a_release_and_after_it_and_not_meanwhile(shop_environment: Environment) -> None:
    shop, api = shop_environment, Scaled(shop_environment)
    other = "blue" if answer(shop, "api", "/one") == {"key": "route_one from Green"} else "green"
    api.scale_to(LEAST)
    api.suspend(True)
    with RequestStream(f"{shop.manifest('api')['urls']['api']}/one") as stream:
        # Suspended by whomever: Terraform has nothing to say about it, and the load starts no task.
        shop.assert_plan_is_empty()
        assert api.desired == LEAST

        api.suspend(False)
        poll("more tasks", lambda: api.desired == MOST)

        at_once = ("--config", "CodeDeployDefault.ECSAllAtOnce")
        release = shop.greenlight("deploy", "shop/api", "--image", f":print-{other}", *at_once)
        poll("suspended by the release", lambda: api.suspended == {True})
        release.succeed()
        assert api.suspended == {False}
        assert api.desired == MOST

        # The other target group is live now.
        before = len(api.activities())
        api.scale_to(LEAST)
        poll("more tasks again", lambda: api.desired == MOST)
        poll("its activity", lambda: len(api.activities()) == before + 1)
    assert stream.failed == {}

"""A registry is not destroyed with images in it, until its settings say so; then it leaves nothing."""

from tests.e2e import shop
from tests.e2e.harness import Environment


def test_a_destroy_with_images_is_refused_and_keeps_them(registry: Environment) -> None:
    ecr = registry.client("ecr")
    images = ecr.list_images(repositoryName="shop/orders")["imageIds"]
    destroy = registry.terraform("destroy", "-auto-approve", "-input=false")

    assert destroy.wait() == 1
    assert "ECR Repository (shop/orders) not empty, consider using force_delete" in " ".join(destroy.output.split())
    assert len(images) > 1
    assert ecr.list_images(repositoryName="shop/orders")["imageIds"] == images


def test_once_its_settings_say_so_it_goes_with_its_images(registry: Environment) -> None:
    registry.apply(shop.REGISTRY_TO_GO).succeed()
    registry.destroy()

    found = registry.client("ecr").describe_repositories()["repositories"]
    names = {one["repositoryName"] for one in found}
    assert [name for name in names if name.startswith("shop/")] == []

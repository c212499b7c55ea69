"""A registry is not destroyed with images in it; once they are deleted it leaves nothing."""

from tests.e2e.harness import Environment


def test_a_destroy_with_images_is_refused_and_keeps_them(registry: Environment) -> None:
    ecr = registry.client("ecr")
    images = ecr.list_images(repositoryName="shop/orders")["imageIds"]
    destroy = registry.terraform("destroy", "-auto-approve", "-input=false")

    assert destroy.wait() == 1
    assert "ECR Repository (shop/orders) not empty, consider using force_delete" in " ".join(destroy.output.split())
    assert len(images) > 1
    assert ecr.list_images(repositoryName="shop/orders")["imageIds"] == images


def test_without_images_it_goes(registry: Environment) -> None:
    ecr = registry.client("ecr")
    images = ecr.list_images(repositoryName="shop/orders")["imageIds"]
    ecr.batch_delete_image(repositoryName="shop/orders", imageIds=images)

    registry.destroy()

    names = {one["repositoryName"] for one in ecr.describe_repositories()["repositories"]}
    assert [name for name in names if name.startswith("shop/")] == []

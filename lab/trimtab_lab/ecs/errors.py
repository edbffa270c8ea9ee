"""The error answers of the ECS API, with the texts of the real service where they are known."""

from trimtab_lab.api_error import ApiError


def invalid(message: str) -> ApiError:
    """Return InvalidParameterException."""
    return ApiError("InvalidParameterException", message)


def client(message: str) -> ApiError:
    """Return ClientException: the request is understood and refused."""
    return ApiError("ClientException", message)


def cluster_not_found() -> ApiError:
    """Return the answer for a cluster that does not exist."""
    return ApiError("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> ApiError:
    """Return the answer for a service that does not exist."""
    return ApiError("ServiceNotFoundException", "Service not found.")


def service_not_active() -> ApiError:
    """Return the answer for a service that is being deleted or is gone."""
    return ApiError("ServiceNotActiveException", "Service was not ACTIVE.")


def not_found(message: str) -> ApiError:
    """Return ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", message)


def in_use(message: str) -> ApiError:
    """Return ResourceInUseException."""
    return ApiError("ResourceInUseException", message)

"""The errors of DynamoDB that several operations share."""

from trimtab_lab.api_error import ApiError


class ItemFault(ApiError):
    """A request that is sound by itself but cannot be applied to the item as it is stored.

    Inside a transaction it is a cancellation reason; elsewhere an ordinary ValidationException.
    """

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def invalid(message: str) -> ApiError:
    """Return a ValidationException."""
    return ApiError("ValidationException", message)


def invalid_value(message: str) -> ApiError:
    """Return a ValidationException about a parameter's value, with the service's usual prefix."""
    return invalid(f"One or more parameter values were invalid: {message}")


def not_found(what: str) -> ApiError:
    """Return a ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", f"Requested resource not found: {what}")

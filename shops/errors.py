from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class OutOfStock(Conflict):
    """Fewer are left than were asked for. Extra members: `sku_id` (public) and `left`."""

    code = "out_of_stock"
    title = _("Not enough left")


class NotPublishable(Invalid):
    code = "product_incomplete"
    title = _("The product lacks something buyers need")


class ProductBusy(Conflict):
    code = "product_not_in_state"
    title = _("The product is not in a state that allows this")


class TooManyImages(Invalid):
    code = "too_many_images"
    title = _("A product has at most 9 pictures")


class BadImport(Invalid):
    """The file as a whole can't be read; `code` says why and is kept on the import."""

    code = "import_unreadable"
    title = _("This file could not be read")


class TaxonomyUnreadable(Invalid):
    """A file of the taxonomy is missing, or is none of its kind; the message says which."""

    code = "taxonomy_unreadable"
    title = _("This taxonomy could not be read")


class ImportRunning(Conflict):
    code = "import_running"
    title = _("Another import is still running; wait until it is done")


class OwnShop(Conflict):
    code = "own_shop"
    title = _("You work at this shop")

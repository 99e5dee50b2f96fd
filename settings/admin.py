"""The admin of this repository's site: its name, and users with links to their payments."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from payments_graphql.admin import PaymentsOfUserMixin

admin.site.site_header = admin.site.site_title = "Travel"
admin.site.index_title = "Administration"


class SiteUserAdmin(PaymentsOfUserMixin, UserAdmin):
    """Users, with links to their payments."""


if admin.site.is_registered(User):  # not swapped for another user model
    admin.site.unregister(User)
    admin.site.register(User, SiteUserAdmin)

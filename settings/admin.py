"""The admin of this repository's site: its name, and users with links to their payments."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from payments_graphql.admin import PaymentsOfUserMixin

admin.site.site_header = admin.site.site_title = "Travel"
admin.site.index_title = "Administration"

admin.site.unregister(User)


@admin.register(User)
class SiteUserAdmin(PaymentsOfUserMixin, UserAdmin):
    pass

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from . import by_hand, by_instances, by_rest_framework, by_strawberry_django

urlpatterns = [
    path("", include("settings.urls")),
    path("by_hand/page/", by_hand.list_payments),
    path("by_hand/filtered/", by_hand.list_filtered),
    path("by_hand/everybody/", by_hand.list_everybodys),
    path("by_hand/one/", by_hand.show_payment),
    path("by_instances/page/", by_instances.list_payments),
    path("by_rest_framework/page/", by_rest_framework.ListPayments.as_view()),
    path("by_strawberry_django/page/", csrf_exempt(by_strawberry_django.list_payments)),
]

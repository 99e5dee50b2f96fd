import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import payments_graphql.models.former_users
import payments_graphql.models.ours
import payments_graphql.models.stripe_account
import uuid
from django.conf import settings
from django.db import migrations, models

# The setting is optional, also in a project that never heard of it.
BOOKING_MODEL = getattr(settings, "PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking")
# The migration of its app that makes its table, which comes before ours. See docs/bookings.md.
BOOKING_MIGRATION = getattr(settings, "PAYMENTS_BOOKING_MIGRATION", "__first__")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        (BOOKING_MODEL.split('.')[0], BOOKING_MIGRATION),
    ]

    operations = [
        migrations.CreateModel(
            name='SignalReceiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, unique=True)),
                ('seen_at', models.DateTimeField(help_text='When a process with this receiver last said so.')),
            ],
        ),
        migrations.CreateModel(
            name='StripeAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(help_text='SHA-256 of the secret key.', max_length=64, unique=True)),
                ('account', models.CharField(help_text='acct_...', max_length=64)),
                ('livemode', models.BooleanField()),
                ('read_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('former_user', models.CharField(blank=True, editable=False, help_text='The primary key of the user who was deleted. It counts while there is no user.', max_length=255)),
                ('reference', models.CharField(max_length=64, unique=True)),
                ('description', models.CharField(blank=True, max_length=500)),
                ('amount', models.BigIntegerField(help_text='Price in minor units of the currency: 9999 is 99.99 USD.')),
                ('currency', models.CharField(help_text='Upper-case code, such as USD.', max_length=3)),
                ('canceled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('unchecked_since', models.DateTimeField(blank=True, db_index=True, default=django.utils.timezone.now, editable=False, help_text='Since when `payments_reconcile` is to check its sums. Null: checked.', null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('user', models.ForeignKey(help_text='Whoever pays it. Empty once the user was deleted.', null=True, on_delete=payments_graphql.models.former_users.forget_user, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at', '-id'),
                'swappable': 'PAYMENTS_BOOKING_MODEL',
            },
        ),
        migrations.CreateModel(
            name='EventCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('read_until', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'livemode'), name='one_cursor_per_account_and_mode')],
            },
        ),
        migrations.CreateModel(
            name='ImportCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('kind', models.CharField(help_text="Stripe's word: customer, payment_intent ...", max_length=32)),
                ('after_id', models.CharField(blank=True, help_text='The last object that was imported.', max_length=255)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('is_finished', models.BooleanField(default=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'livemode', 'kind'), name='one_import_cursor_per_list')],
            },
        ),
        migrations.CreateModel(
            name='StripeCustomer',
            fields=[
                ('former_user', models.CharField(blank=True, editable=False, help_text='The primary key of the user who was deleted. It counts while there is no user.', max_length=255)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('stripe_customer_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('generation', models.PositiveIntegerField(default=1)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('erased_at', models.DateTimeField(blank=True, help_text='Since when nothing about the person is kept or written again.', null=True)),
                ('user', models.ForeignKey(blank=True, help_text='Empty once the user was deleted.', null=True, on_delete=payments_graphql.models.former_users.forget_user, related_name='payments_graphql_customers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at', '-id'),
                'permissions': (('erase_customer', 'Can erase what is kept about a person'),),
            },
        ),
        migrations.CreateModel(
            name='StripePaymentIntent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='Since when `payments_reconcile` is to check the sums of the booking. Null: checked.', null=True)),
                ('stripe_payment_intent_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('status', models.CharField(choices=[('requires_payment_method', 'Requires Payment Method'), ('requires_confirmation', 'Requires Confirmation'), ('requires_action', 'Requires Action'), ('processing', 'Processing'), ('requires_capture', 'Requires Capture'), ('succeeded', 'Succeeded'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='requires_payment_method', max_length=32)),
                ('amount', models.BigIntegerField()),
                ('amount_capturable', models.BigIntegerField(default=0)),
                ('amount_received', models.BigIntegerField(default=0)),
                ('currency', models.CharField(max_length=16)),
                ('description', models.CharField(blank=True, max_length=1000)),
                ('capture_method', models.CharField(choices=[('automatic', 'Automatic'), ('automatic_async', 'Automatic Async'), ('manual', 'Manual'), ('unknown', 'Unknown')], default='automatic', max_length=32)),
                ('setup_future_usage', models.CharField(blank=True, max_length=32)),
                ('metadata', models.JSONField(blank=True, default=dict, help_text="The caller's keys, not ours.")),
                ('receipt_email', models.EmailField(blank=True, max_length=512)),
                ('receipt_url', models.URLField(blank=True, max_length=2048)),
                ('latest_charge_id', models.CharField(blank=True, max_length=255)),
                ('capture_before', models.DateTimeField(blank=True, help_text='When an uncaptured authorization expires.', null=True)),
                ('next_action_type', models.CharField(blank=True, help_text="What the customer must do next, in Stripe's word.", max_length=64)),
                ('next_action_expires_at', models.DateTimeField(blank=True, help_text="Until when they can, such as a voucher's last moment.", null=True)),
                ('last_error', models.JSONField(blank=True, help_text='Why the last attempt failed: code, decline_code, message.', null=True)),
                ('cancellation_reason', models.CharField(blank=True, max_length=64)),
                ('canceled_at', models.DateTimeField(blank=True, null=True)),
                ('booking', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to=BOOKING_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to='payments_graphql.stripecustomer')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='StripeDispute',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='Since when `payments_reconcile` is to check the sums of the booking. Null: checked.', null=True)),
                ('stripe_dispute_id', models.CharField(max_length=255, unique=True)),
                ('stripe_charge_id', models.CharField(blank=True, max_length=255)),
                ('status', models.CharField(choices=[('warning_needs_response', 'Warning Needs Response'), ('warning_under_review', 'Warning Under Review'), ('warning_closed', 'Warning Closed'), ('needs_response', 'Needs Response'), ('under_review', 'Under Review'), ('appeal_needs_response', 'Appeal Needs Response'), ('appeal_under_review', 'Appeal Under Review'), ('won', 'Won'), ('lost', 'Lost'), ('prevented', 'Prevented'), ('unknown', 'Unknown')], max_length=32)),
                ('amount', models.BigIntegerField(help_text='What is disputed.')),
                ('amount_withdrawn', models.BigIntegerField(default=0, help_text='What Stripe has taken for it and not given back, without fees.')),
                ('currency', models.CharField(max_length=16)),
                ('reason', models.CharField(blank=True, help_text="The bank's, as Stripe names it.", max_length=64)),
                ('evidence_due_by', models.DateTimeField(blank=True, null=True)),
                ('has_evidence', models.BooleanField(default=False)),
                ('submission_count', models.PositiveIntegerField(default=0)),
                ('is_charge_refundable', models.BooleanField(default=False)),
                ('reminded_of', models.DateTimeField(blank=True, help_text='The due date of which `dispute_due_soon` was recorded. Another one is another round of the dispute.', null=True)),
                ('payment_intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments_graphql.stripepaymentintent')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='StripePaymentMethod',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('stripe_payment_method_id', models.CharField(max_length=255, unique=True)),
                ('type', models.CharField(default='card', max_length=64)),
                ('brand', models.CharField(blank=True, max_length=32)),
                ('last4', models.CharField(blank=True, max_length=4)),
                ('bank_name', models.CharField(blank=True, help_text='The bank of an account, as Stripe calls it.', max_length=255)),
                ('exp_month', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('exp_year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('funding', models.CharField(blank=True, max_length=16)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('fingerprint', models.CharField(blank=True, help_text='The same for every copy of one card number.', max_length=64)),
                ('is_attached', models.BooleanField(default=False, help_text='Saved to the customer at Stripe, and so usable again.')),
                ('advice_code', models.CharField(blank=True, help_text='What Stripe advised when it was last declined, such as `do_not_try_again`; empty once it has paid since.', max_length=64)),
                ('advised_at', models.DateTimeField(blank=True, null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_methods', to='payments_graphql.stripecustomer')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.AddField(
            model_name='stripepaymentintent',
            name='payment_method',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='payment_intents', to='payments_graphql.stripepaymentmethod'),
        ),
        migrations.AddField(
            model_name='stripecustomer',
            name='default_payment_method',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='payments_graphql.stripepaymentmethod'),
        ),
        migrations.CreateModel(
            name='StripeRefund',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='Since when `payments_reconcile` is to check the sums of the booking. Null: checked.', null=True)),
                ('stripe_refund_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('requires_action', 'Requires Action'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='pending', max_length=32)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=16)),
                ('reason', models.CharField(blank=True, choices=[('duplicate', 'Duplicate'), ('fraudulent', 'Fraudulent'), ('requested_by_customer', 'Requested By Customer')], max_length=32)),
                ('amount_due_reduction', models.BigIntegerField(default=0, help_text='By how much it lowers what the booking costs, in minor units, once it has succeeded. 0: the customer owes again what it gives back, unless that was overpaid.')),
                ('description', models.CharField(blank=True, max_length=500)),
                ('failure_reason', models.CharField(blank=True, max_length=64)),
                ('payment_intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments_graphql.stripepaymentintent')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='StripeSetupIntent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe said it: the event's creation or the Date of the answer. Null until Stripe has accepted the object.", null=True)),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text='The earliest time that it can be from: an answer is as old as its request at most. Null: it is exactly from `as_of`.', null=True)),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When it is read anew from Stripe, as its state is not final. Null: never.', null=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Rises with every change applied.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('stripe_setup_intent_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('status', models.CharField(choices=[('requires_payment_method', 'Requires Payment Method'), ('requires_confirmation', 'Requires Confirmation'), ('requires_action', 'Requires Action'), ('processing', 'Processing'), ('succeeded', 'Succeeded'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='requires_payment_method', max_length=32)),
                ('usage', models.CharField(choices=[('off_session', 'Off Session'), ('on_session', 'On Session')], default='off_session', max_length=16)),
                ('last_error', models.JSONField(blank=True, help_text='Why the last attempt failed: code, decline_code, message.', null=True)),
                ('cancellation_reason', models.CharField(blank=True, max_length=64)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='setup_intents', to='payments_graphql.stripecustomer')),
                ('payment_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='setup_intents', to='payments_graphql.stripepaymentmethod')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, max_length=32)),
                ('to_status', models.CharField(max_length=32)),
                ('failure_code', models.CharField(blank=True, help_text='Why an attempt to pay, or a refund, failed.', max_length=64)),
                ('is_reminder', models.BooleanField(default=False, help_text='Nothing changed: the evidence of the dispute is due soon.')),
                ('cause_kind', models.CharField(choices=[('operation', 'Operation'), ('event', 'Event'), ('read', 'Read')], max_length=16)),
                ('cause_id', models.CharField(blank=True, help_text="The operation's id, or the event's at Stripe.", max_length=255)),
                ('occurred_at', models.DateTimeField(help_text='When Stripe said so.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('signaled_at', models.DateTimeField(blank=True, null=True)),
                ('signaled_to', models.JSONField(blank=True, default=list, help_text='Receivers that were told, until all of them are.')),
                ('signal_waits_for', models.CharField(blank=True, help_text='A receiver that the process which sent did not have.', max_length=255)),
                ('signal_attempts', models.PositiveIntegerField(default=0, help_text='How often a receiver raised; the fewest go first.')),
                ('dispute', models.ForeignKey(blank=True, help_text='Set when it is the dispute whose status changed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripedispute')),
                ('payment_intent', models.ForeignKey(blank=True, help_text='The payment that it concerns; a setup intent has none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripepaymentintent')),
                ('refund', models.ForeignKey(blank=True, help_text='Set when it is the refund whose status changed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.striperefund')),
                ('setup_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripesetupintent')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Operation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(help_text='user:5, or system:reconcile.', max_length=128)),
                ('key', models.CharField(help_text="The caller's idempotency key.", max_length=255)),
                ('kind', models.CharField(choices=[('create_customer', 'Create Customer'), ('delete_customer', 'Delete Customer'), ('create_payment_intent', 'Create Payment Intent'), ('confirm_payment_intent', 'Confirm Payment Intent'), ('capture_payment_intent', 'Capture Payment Intent'), ('cancel_payment_intent', 'Cancel Payment Intent'), ('update_payment_intent', 'Update Payment Intent'), ('create_refund', 'Create Refund'), ('cancel_refund', 'Cancel Refund'), ('create_setup_intent', 'Create Setup Intent'), ('cancel_setup_intent', 'Cancel Setup Intent'), ('submit_dispute_evidence', 'Submit Dispute Evidence'), ('accept_dispute', 'Accept Dispute'), ('set_default_payment_method', 'Set Default Payment Method'), ('detach_payment_method', 'Detach Payment Method')], max_length=64)),
                ('input_hash', models.CharField(max_length=64)),
                ('parameters', models.JSONField(default=dict, help_text='Exactly what is sent to Stripe. Never a secret.')),
                ('unasked', models.JSONField(default=list, help_text="Parameters that nobody asked for, such as the user's own e-mail address. Where Stripe refuses one of them, the caller's key is free to ask again without it.")),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode)),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('calling', 'Calling'), ('unknown', 'Unknown'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('needs_review', 'Needs Review')], default='calling', max_length=16)),
                ('fence', models.PositiveIntegerField(default=0, help_text='Rises with each claim: an older claimant can no longer settle it.')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('server_error', models.BooleanField(default=False, help_text='Sending again would tell nothing, as after a 5xx: it is settled by reading.')),
                ('row_version', models.PositiveIntegerField(blank=True, help_text="Of the object's row, when the operation was recorded.", null=True)),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True)),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.JSONField(blank=True, null=True)),
                ('finding', models.TextField(blank=True, help_text='What Stripe showed when a person was first needed to decide, or how its answer differs from what was asked for.')),
                ('stripe_request_id', models.CharField(blank=True, max_length=255)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='operations', to='payments_graphql.stripecustomer')),
                ('dispute', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripedispute')),
                ('payment_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripepaymentintent')),
                ('payment_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripepaymentmethod')),
                ('refund', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.striperefund')),
                ('setup_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripesetupintent')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='StripeWebhookEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=255, unique=True)),
                ('type', models.CharField(max_length=128)),
                ('object_id', models.CharField(blank=True, help_text='The Stripe id it is about.', max_length=255)),
                ('livemode', models.BooleanField(default=False)),
                ('account', models.CharField(blank=True, default=payments_graphql.models.stripe_account.find_account_or_empty, help_text='Empty until it is known which account is ours.', max_length=64)),
                ('api_version', models.CharField(blank=True, max_length=64)),
                ('request_key', models.CharField(blank=True, help_text="The idempotency key of the request that caused it; of ours, the operation's id.", max_length=255)),
                ('source', models.CharField(choices=[('webhook', 'Webhook'), ('pull', 'Pull')], default='webhook', max_length=16)),
                ('payload', models.JSONField(blank=True, null=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('processing', 'Processing'), ('processed', 'Processed'), ('ignored', 'Ignored'), ('failed', 'Failed'), ('dead', 'Dead')], default='pending', max_length=16)),
                ('reason', models.CharField(blank=True, help_text='Why it was ignored.', max_length=255)),
                ('error', models.TextField(blank=True, help_text='What went wrong at the last try.')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(blank=True, help_text='While it is being processed, the end of the lease.', null=True)),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True)),
                ('stripe_created', models.DateTimeField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-received_at', '-id'),
                'indexes': [models.Index(fields=['-received_at', '-id'], name='payments_gr_receive_28e1ff_idx'), models.Index(fields=['state', '-received_at'], name='payments_gr_state_b4dec0_idx'), models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'received_at'], name='open_webhook_events'), models.Index(fields=['object_id'], name='payments_gr_object__61e2c7_idx'), models.Index(condition=models.Q(('type__in', ('payment_intent.payment_failed', 'setup_intent.setup_failed'))), fields=['stripe_created'], name='failed_attempts')],
            },
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['user', '-created_at', '-id'], name='payments_gr_user_id_862a67_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(fields=['payment_intent', '-created_at', '-id'], name='payments_gr_payment_f11f9c_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_b711c2_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(fields=['status', 'evidence_due_by'], name='payments_gr_status_ad5be7_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(condition=models.Q(('next_read_at__isnull', False)), fields=['next_read_at'], name='disputes_to_read'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(condition=models.Q(('unchecked_since__isnull', False)), fields=['unchecked_since'], name='unchecked_disputes'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentmethod',
            index=models.Index(fields=['customer', '-created_at', '-id'], name='payments_gr_custome_76c79e_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentmethod',
            index=models.Index(fields=['customer', 'fingerprint'], name='payments_gr_custome_bd2e53_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(fields=['customer', '-created_at', '-id'], name='payments_gr_custome_394277_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(fields=['customer', 'status', '-created_at', '-id'], name='payments_gr_custome_99130b_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_9567d4_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(fields=['status', '-created_at'], name='payments_gr_status_360144_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(condition=models.Q(('next_read_at__isnull', False)), fields=['next_read_at'], name='payment_intents_to_read'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(condition=models.Q(('unchecked_since__isnull', False)), fields=['unchecked_since'], name='unchecked_payment_intents'),
        ),
        migrations.AddConstraint(
            model_name='stripepaymentintent',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('succeeded', 'canceled')), _negated=True), fields=('booking', 'livemode', 'account'), name='one_open_intent_per_booking'),
        ),
        migrations.AddConstraint(
            model_name='stripecustomer',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('user', 'livemode', 'account'), name='one_customer_per_user_and_mode'),
        ),
        migrations.AddConstraint(
            model_name='stripecustomer',
            constraint=models.UniqueConstraint(fields=('user', 'livemode', 'account', 'generation'), name='one_customer_per_generation'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(fields=['payment_intent', '-created_at', '-id'], name='payments_gr_payment_a29ebd_idx'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_52e9e4_idx'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(fields=['status', '-created_at'], name='payments_gr_status_65c5f6_idx'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(condition=models.Q(('next_read_at__isnull', False)), fields=['next_read_at'], name='refunds_to_read'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(condition=models.Q(('unchecked_since__isnull', False)), fields=['unchecked_since'], name='unchecked_refunds'),
        ),
        migrations.AddIndex(
            model_name='stripesetupintent',
            index=models.Index(fields=['customer', '-created_at', '-id'], name='payments_gr_custome_d292b6_idx'),
        ),
        migrations.AddIndex(
            model_name='stripesetupintent',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_373b27_idx'),
        ),
        migrations.AddIndex(
            model_name='stripesetupintent',
            index=models.Index(condition=models.Q(('next_read_at__isnull', False)), fields=['next_read_at'], name='setup_intents_to_read'),
        ),
        migrations.AddIndex(
            model_name='statuschange',
            index=models.Index(fields=['payment_intent', 'id'], name='payments_gr_payment_a4104f_idx'),
        ),
        migrations.AddIndex(
            model_name='statuschange',
            index=models.Index(condition=models.Q(('signaled_at', None)), fields=['id'], name='unsignaled_changes'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['-created_at', '-id'], name='payments_gr_created_c4ab1c_idx'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('state__in', ('pending', 'calling', 'unknown'))), fields=['next_attempt_at'], name='resumable_operations'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.UniqueConstraint(fields=('actor', 'key', 'livemode', 'account'), name='one_operation_per_key'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('pending', 'calling', 'unknown', 'needs_review')), models.Q(('kind', 'create_refund'), _negated=True)), fields=('payment_intent',), name='one_unsettled_operation_per_intent'),
        ),
    ]

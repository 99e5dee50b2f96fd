import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import payments_graphql.models.former_users
import payments_graphql.models.ours
import payments_graphql.models.stripe_account
import payments_graphql.trigrams
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
                ('seen_at', models.DateTimeField(help_text='When a process last reported this receiver.')),
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
                ('former_user', models.CharField(blank=True, editable=False, help_text='The primary key of the deleted user. Only used while there is no user.', max_length=255, verbose_name='former user')),
                ('reference', models.CharField(max_length=64, unique=True, verbose_name='reference')),
                ('description', models.CharField(blank=True, max_length=500, verbose_name='description')),
                ('amount', models.BigIntegerField(help_text='The price in the smallest unit of the currency: 9999 is 99.99 USD.', verbose_name='amount')),
                ('currency', models.CharField(help_text='A three-letter code, such as USD.', max_length=3, verbose_name='currency')),
                ('canceled_at', models.DateTimeField(blank=True, null=True, verbose_name='canceled at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('unchecked_since', models.DateTimeField(blank=True, db_index=True, default=django.utils.timezone.now, editable=False, help_text='When the sums changed. Empty once `payments_reconcile` has checked them.', null=True, verbose_name='unchecked since')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('user', models.ForeignKey(help_text='The customer who pays. Empty if the user was deleted.', null=True, on_delete=payments_graphql.models.former_users.forget_user, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'booking',
                'verbose_name_plural': 'bookings',
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
                ('kind', models.CharField(help_text="Stripe's object type, such as customer or payment_intent.", max_length=32)),
                ('after_id', models.CharField(blank=True, help_text='The last imported object.', max_length=255)),
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
                ('former_user', models.CharField(blank=True, editable=False, help_text='The primary key of the deleted user. Only used while there is no user.', max_length=255, verbose_name='former user')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('stripe_customer_id', models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name='Stripe id')),
                ('generation', models.PositiveIntegerField(default=1, verbose_name='generation')),
                ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='deleted at')),
                ('erased_at', models.DateTimeField(blank=True, help_text='When the personal data was erased. None is stored after that.', null=True, verbose_name='erased at')),
                ('unblocked_at', models.DateTimeField(blank=True, help_text='When a person lifted the block for suspected card testing. Failed attempts before that do not count.', null=True, verbose_name='unblocked at')),
                ('user', models.ForeignKey(blank=True, help_text='Empty if the user was deleted.', null=True, on_delete=payments_graphql.models.former_users.forget_user, related_name='payments_graphql_customers', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'customer',
                'verbose_name_plural': 'customers',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
                'permissions': (('see_personal_data', 'Can see names and e-mail addresses in full'), ('lift_block', 'Can lift a block for suspected card testing'), ('erase_customer', 'Can erase everything stored about a person')),
            },
        ),
        migrations.CreateModel(
            name='StripePaymentIntent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='When the sums changed. Empty once `payments_reconcile` has checked them.', null=True, verbose_name='unchecked since')),
                ('stripe_payment_intent_id', models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name='Stripe id')),
                ('status', models.CharField(choices=[('requires_payment_method', 'Requires payment method'), ('requires_confirmation', 'Requires confirmation'), ('requires_action', 'Requires action'), ('processing', 'Processing'), ('requires_capture', 'Requires capture'), ('succeeded', 'Succeeded'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='requires_payment_method', max_length=32, verbose_name='status')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('amount_capturable', models.BigIntegerField(default=0, verbose_name='amount capturable')),
                ('amount_received', models.BigIntegerField(default=0, verbose_name='amount received')),
                ('currency', models.CharField(max_length=16, verbose_name='currency')),
                ('description', models.CharField(blank=True, max_length=1000, verbose_name='description')),
                ('capture_method', models.CharField(choices=[('automatic', 'Automatic'), ('automatic_async', 'Automatic, in the background'), ('manual', 'Manual'), ('unknown', 'Unknown')], default='automatic', max_length=32, verbose_name='capture method')),
                ('setup_future_usage', models.CharField(blank=True, max_length=32, verbose_name='setup future usage')),
                ('metadata', models.JSONField(blank=True, default=dict, help_text="The caller's own data.", verbose_name='metadata')),
                ('receipt_email', models.EmailField(blank=True, max_length=512, verbose_name='receipt e-mail')),
                ('receipt_url', models.URLField(blank=True, max_length=2048, verbose_name='receipt URL')),
                ('latest_charge_id', models.CharField(blank=True, max_length=255, verbose_name='latest charge')),
                ('capture_before', models.DateTimeField(blank=True, help_text='When the authorization expires.', null=True, verbose_name='capture before')),
                ('next_action_type', models.CharField(blank=True, help_text="The customer's next step, by Stripe's name.", max_length=64, verbose_name='next action')),
                ('next_action_expires_at', models.DateTimeField(blank=True, help_text="The deadline of the customer's next step, such as when a voucher expires.", null=True, verbose_name='next action expires at')),
                ('last_error', models.JSONField(blank=True, help_text='Why the last attempt failed: code, decline_code, message.', null=True, verbose_name='last error')),
                ('cancellation_reason', models.CharField(blank=True, max_length=64, verbose_name='cancellation reason')),
                ('canceled_at', models.DateTimeField(blank=True, null=True, verbose_name='canceled at')),
                ('booking', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to=BOOKING_MODEL, verbose_name='booking')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to='payments_graphql.stripecustomer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'payment intent',
                'verbose_name_plural': 'payment intents',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
                'permissions': (('update_payment', 'Can change the description and metadata of payments'), ('capture_payment', 'Can capture authorized payments'), ('cancel_payment', 'Can cancel payments, including authorized ones'), ('charge_saved_card', 'Can charge saved cards while the customer is away'), ('export_payments', 'Can export payments, refunds and payouts')),
            },
        ),
        migrations.CreateModel(
            name='StripeDispute',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='When the sums changed. Empty once `payments_reconcile` has checked them.', null=True, verbose_name='unchecked since')),
                ('stripe_dispute_id', models.CharField(max_length=255, unique=True, verbose_name='Stripe id')),
                ('stripe_charge_id', models.CharField(blank=True, max_length=255, verbose_name='Stripe id of the charge')),
                ('status', models.CharField(choices=[('warning_needs_response', 'Warning needs response'), ('warning_under_review', 'Warning under review'), ('warning_closed', 'Warning closed'), ('needs_response', 'Needs response'), ('under_review', 'Under review'), ('appeal_needs_response', 'Appeal needs response'), ('appeal_under_review', 'Appeal under review'), ('won', 'Won'), ('lost', 'Lost'), ('prevented', 'Prevented'), ('unknown', 'Unknown')], max_length=32, verbose_name='status')),
                ('amount', models.BigIntegerField(help_text='The disputed amount.', verbose_name='amount')),
                ('amount_withdrawn', models.BigIntegerField(default=0, help_text='The amount that Stripe withdrew and has not returned, without fees.', verbose_name='amount withdrawn')),
                ('currency', models.CharField(max_length=16, verbose_name='currency')),
                ('reason', models.CharField(blank=True, help_text="The bank's reason, by Stripe's name.", max_length=64, verbose_name='reason')),
                ('evidence_due_by', models.DateTimeField(blank=True, null=True, verbose_name='evidence due by')),
                ('has_evidence', models.BooleanField(default=False, verbose_name='has evidence')),
                ('submission_count', models.PositiveIntegerField(default=0, verbose_name='submissions')),
                ('is_charge_refundable', models.BooleanField(default=False, verbose_name='charge can be refunded')),
                ('reminded_of', models.DateTimeField(blank=True, help_text='The deadline for which a reminder was recorded. A new deadline gets a new reminder.', null=True, verbose_name='reminded of')),
                ('payment_intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments_graphql.stripepaymentintent', verbose_name='payment intent')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
                'permissions': (('manage_disputes', 'Can answer and accept disputes'),),
            },
        ),
        migrations.CreateModel(
            name='StripePaymentMethod',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('stripe_payment_method_id', models.CharField(max_length=255, unique=True, verbose_name='Stripe id')),
                ('type', models.CharField(default='card', max_length=64, verbose_name='type')),
                ('brand', models.CharField(blank=True, max_length=32, verbose_name='brand')),
                ('last4', models.CharField(blank=True, max_length=4, verbose_name='last four digits')),
                ('bank_name', models.CharField(blank=True, help_text='The name of the bank, as given by Stripe.', max_length=255, verbose_name='bank')),
                ('exp_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='expiration month')),
                ('exp_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='expiration year')),
                ('funding', models.CharField(blank=True, max_length=16, verbose_name='funding')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('fingerprint', models.CharField(blank=True, help_text='The same for all copies of a card.', max_length=64, verbose_name='fingerprint')),
                ('is_attached', models.BooleanField(default=False, help_text='Whether the method is saved at Stripe and can be used again.', verbose_name='saved')),
                ('advice_code', models.CharField(blank=True, help_text="Stripe's advice after the last decline, such as `do_not_try_again`. Empty after a successful payment.", max_length=64, verbose_name='advice')),
                ('advised_at', models.DateTimeField(blank=True, null=True, verbose_name='advised at')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_methods', to='payments_graphql.stripecustomer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'payment method',
                'verbose_name_plural': 'payment methods',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='stripepaymentintent',
            name='payment_method',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='payment_intents', to='payments_graphql.stripepaymentmethod', verbose_name='payment method'),
        ),
        migrations.AddField(
            model_name='stripecustomer',
            name='default_payment_method',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='payments_graphql.stripepaymentmethod', verbose_name='default payment method'),
        ),
        migrations.CreateModel(
            name='StripeRefund',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('unchecked_since', models.DateTimeField(blank=True, default=django.utils.timezone.now, editable=False, help_text='When the sums changed. Empty once `payments_reconcile` has checked them.', null=True, verbose_name='unchecked since')),
                ('stripe_refund_id', models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name='Stripe id')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('requires_action', 'Requires action'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='pending', max_length=32, verbose_name='status')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=16, verbose_name='currency')),
                ('reason', models.CharField(blank=True, choices=[('duplicate', 'Duplicate'), ('fraudulent', 'Fraudulent'), ('requested_by_customer', 'Requested by customer')], max_length=32, verbose_name='reason')),
                ('amount_due_reduction', models.BigIntegerField(default=0, help_text='The amount by which the refund lowers the price of the booking, in the smallest unit of the currency. If 0, the refunded amount is due again, unless it was overpaid.', verbose_name='price reduction')),
                ('description', models.CharField(blank=True, max_length=500, verbose_name='description')),
                ('failure_reason', models.CharField(blank=True, max_length=64, verbose_name='failure reason')),
                ('payment_intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments_graphql.stripepaymentintent', verbose_name='payment intent')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
                'permissions': (('refund_payment', 'Can refund payments and cancel refunds'), ('approve_refund', 'Can approve refunds that need a second person')),
            },
        ),
        migrations.CreateModel(
            name='StripeSetupIntent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('as_of', models.DateTimeField(blank=True, help_text="When Stripe's data was current. Empty until Stripe has accepted the object.", null=True, verbose_name='as of')),
                ('as_of_earliest', models.DateTimeField(blank=True, help_text="The earliest time at which Stripe's data can have been current. Empty if the time is exact.", null=True, verbose_name='as of, at the earliest')),
                ('next_read_at', models.DateTimeField(blank=True, help_text='When the object will be read from Stripe again. Empty for never.', null=True, verbose_name='next read at')),
                ('version', models.PositiveIntegerField(default=0, help_text='Increases with every change.', verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('stripe_setup_intent_id', models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name='Stripe id')),
                ('status', models.CharField(choices=[('requires_payment_method', 'Requires payment method'), ('requires_confirmation', 'Requires confirmation'), ('requires_action', 'Requires action'), ('processing', 'Processing'), ('succeeded', 'Succeeded'), ('canceled', 'Canceled'), ('unknown', 'Unknown')], default='requires_payment_method', max_length=32, verbose_name='status')),
                ('usage', models.CharField(choices=[('off_session', 'Off session'), ('on_session', 'On session')], default='off_session', max_length=16, verbose_name='usage')),
                ('last_error', models.JSONField(blank=True, help_text='Why the last attempt failed: code, decline_code, message.', null=True, verbose_name='last error')),
                ('cancellation_reason', models.CharField(blank=True, max_length=64, verbose_name='cancellation reason')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='setup_intents', to='payments_graphql.stripecustomer', verbose_name='customer')),
                ('payment_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='setup_intents', to='payments_graphql.stripepaymentmethod', verbose_name='payment method')),
            ],
            options={
                'verbose_name': 'setup intent',
                'verbose_name_plural': 'setup intents',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, max_length=32, verbose_name='from status')),
                ('to_status', models.CharField(max_length=32, verbose_name='to status')),
                ('failure_code', models.CharField(blank=True, help_text='Why the payment attempt or the refund failed.', max_length=64, verbose_name='failure code')),
                ('is_reminder', models.BooleanField(default=False, help_text='A reminder that the evidence of the dispute is due soon. No status changed.', verbose_name='reminder')),
                ('cause_kind', models.CharField(choices=[('operation', 'Operation'), ('event', 'Webhook event'), ('read', 'Read from Stripe')], max_length=16, verbose_name='source')),
                ('cause_id', models.CharField(blank=True, help_text='The id of the operation, or of the event at Stripe.', max_length=255, verbose_name='source id')),
                ('occurred_at', models.DateTimeField(help_text='When the status changed at Stripe.', verbose_name='occurred at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('signaled_at', models.DateTimeField(blank=True, null=True, verbose_name='signal sent at')),
                ('signaled_to', models.JSONField(blank=True, default=list, help_text='The receivers that already got the signal.', verbose_name='signal sent to')),
                ('signal_waits_for', models.CharField(blank=True, help_text='A receiver that the sending process did not have.', max_length=255, verbose_name='signal waits for')),
                ('signal_attempts', models.PositiveIntegerField(default=0, help_text='How many times a receiver failed. Changes with fewer failures are sent first.', verbose_name='failed signals')),
                ('dispute', models.ForeignKey(blank=True, help_text='Set if the status of a dispute changed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripedispute', verbose_name='dispute')),
                ('payment_intent', models.ForeignKey(blank=True, help_text='The payment of the changed object. Empty for a setup intent.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripepaymentintent', verbose_name='payment intent')),
                ('refund', models.ForeignKey(blank=True, help_text='Set if the status of a refund changed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.striperefund', verbose_name='refund')),
                ('setup_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='payments_graphql.stripesetupintent', verbose_name='setup intent')),
            ],
            options={
                'verbose_name': 'status change',
                'verbose_name_plural': 'status changes',
                'ordering': ('pk',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Operation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(help_text='A user, such as user:5, or a program, such as system:reconcile.', max_length=128, verbose_name='requested by')),
                ('key', models.CharField(help_text="The caller's idempotency key.", max_length=255, verbose_name='idempotency key')),
                ('kind', models.CharField(choices=[('create_customer', 'Create customer'), ('delete_customer', 'Delete customer'), ('create_payment_intent', 'Create payment intent'), ('confirm_payment_intent', 'Confirm payment intent'), ('capture_payment_intent', 'Capture payment intent'), ('cancel_payment_intent', 'Cancel payment intent'), ('update_payment_intent', 'Update payment intent'), ('create_refund', 'Create refund'), ('cancel_refund', 'Cancel refund'), ('create_setup_intent', 'Create setup intent'), ('cancel_setup_intent', 'Cancel setup intent'), ('submit_dispute_evidence', 'Submit dispute evidence'), ('accept_dispute', 'Accept dispute'), ('set_default_payment_method', 'Set default payment method'), ('detach_payment_method', 'Detach payment method')], max_length=64, verbose_name='type')),
                ('input_hash', models.CharField(max_length=64, verbose_name='hash of the input')),
                ('parameters', models.JSONField(default=dict, help_text='The exact parameters sent to Stripe. They contain no secrets.', verbose_name='parameters')),
                ('unasked', models.JSONField(default=list, help_text="Parameters that the site added, such as the user's e-mail address. If Stripe rejects one of them, the request is sent again without it.", verbose_name='added parameters')),
                ('livemode', models.BooleanField(default=payments_graphql.models.ours.get_livemode, verbose_name='live mode')),
                ('account', models.CharField(default=payments_graphql.models.stripe_account.get_account, max_length=64, verbose_name='Stripe account')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('calling', 'Calling Stripe'), ('unknown', 'Unknown'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('needs_review', 'Needs review')], default='calling', max_length=16, verbose_name='state')),
                ('fence', models.PositiveIntegerField(default=0, help_text='Increases with every claim, so that an older claim cannot finish the operation.', verbose_name='fence')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('server_error', models.BooleanField(default=False, help_text='Stripe answered with a server error. The result is found by reading the object.', verbose_name='server error')),
                ('row_version', models.PositiveIntegerField(blank=True, help_text='The version of the object when the operation was recorded.', null=True, verbose_name='version of the object')),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lease expires at')),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt at')),
                ('error', models.JSONField(blank=True, null=True, verbose_name='error')),
                ('finding', models.TextField(blank=True, help_text="What Stripe showed when a review was first needed, or how Stripe's response differs from the request.", verbose_name='found at Stripe')),
                ('stripe_request_id', models.CharField(blank=True, max_length=255, verbose_name='Stripe request id')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='operations', to='payments_graphql.stripecustomer', verbose_name='customer')),
                ('dispute', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripedispute', verbose_name='dispute')),
                ('payment_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripepaymentintent', verbose_name='payment intent')),
                ('payment_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripepaymentmethod', verbose_name='payment method')),
                ('refund', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.striperefund', verbose_name='refund')),
                ('setup_intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='operations', to='payments_graphql.stripesetupintent', verbose_name='setup intent')),
            ],
            options={
                'verbose_name': 'operation',
                'verbose_name_plural': 'operations',
                'ordering': ('-created_at', '-id'),
                'default_permissions': ('view',),
                'permissions': (('resolve_operation', 'Can resolve operations with an unknown result'),),
            },
        ),
        migrations.CreateModel(
            name='StripeWebhookEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=255, unique=True, verbose_name='event id')),
                ('type', models.CharField(max_length=128, verbose_name='type')),
                ('object_id', models.CharField(blank=True, help_text='The Stripe id of the object.', max_length=255, verbose_name='object')),
                ('livemode', models.BooleanField(default=False, verbose_name='live mode')),
                ('account', models.CharField(blank=True, default=payments_graphql.models.stripe_account.find_account_or_empty, help_text='Empty until the account of the current keys is known.', max_length=64, verbose_name='Stripe account')),
                ('api_version', models.CharField(blank=True, max_length=64, verbose_name='API version')),
                ('request_key', models.CharField(blank=True, help_text='The idempotency key of the request that caused the event. For a request of this site, the id of the operation.', max_length=255, verbose_name='request key')),
                ('source', models.CharField(choices=[('webhook', 'Webhook'), ('pull', 'Poll')], default='webhook', max_length=16, verbose_name='source')),
                ('payload', models.JSONField(blank=True, null=True, verbose_name='payload')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('processing', 'Processing'), ('processed', 'Processed'), ('ignored', 'Ignored'), ('failed', 'Failed'), ('dead', 'Dead')], default='pending', max_length=16, verbose_name='state')),
                ('reason', models.CharField(blank=True, help_text='Why the event was ignored.', max_length=255, verbose_name='reason')),
                ('error', models.TextField(blank=True, help_text='The error of the last attempt.', verbose_name='error')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('next_attempt_at', models.DateTimeField(blank=True, help_text='While the event is being processed, the end of the lease.', null=True, verbose_name='next attempt at')),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lease expires at')),
                ('stripe_created', models.DateTimeField(verbose_name='created at Stripe')),
                ('received_at', models.DateTimeField(auto_now_add=True, verbose_name='received at')),
                ('processed_at', models.DateTimeField(blank=True, null=True, verbose_name='processed at')),
            ],
            options={
                'verbose_name': 'webhook event',
                'verbose_name_plural': 'webhook events',
                'ordering': ('-received_at', '-id'),
                'indexes': [models.Index(fields=['-received_at', '-id'], name='payments_gr_receive_28e1ff_idx'), models.Index(fields=['state', '-received_at'], name='payments_gr_state_b4dec0_idx'), models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'received_at'], name='open_webhook_events'), models.Index(fields=['object_id'], name='payments_gr_object__61e2c7_idx'), models.Index(condition=models.Q(('type__in', ('payment_intent.payment_failed', 'setup_intent.setup_failed'))), fields=['stripe_created'], name='failed_attempts')],
                'default_permissions': ('view',),
                'permissions': (('replay_event', 'Can retry webhook events'),),
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
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['-created_at', '-id'], name='payments_gr_created_c9f94a_idx'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(condition=models.Q(('canceled_at__isnull', False)), fields=['-created_at', '-id'], name='canceled_bookings'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_edb1af_idx'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['state', '-created_at'], name='payments_gr_state_123832_idx'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['kind', '-created_at'], name='payments_gr_kind_989593_idx'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['key'], name='payments_gr_key_4b4e54_idx'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('stripe_request_id__gt', '')), fields=['stripe_request_id'], name='operations_by_request'),
        ),
        migrations.AddIndex(
            model_name='statuschange',
            index=models.Index(fields=['-occurred_at', '-id'], name='payments_gr_occurre_eb043f_idx'),
        ),
        migrations.AddIndex(
            model_name='stripecustomer',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_15966b_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(fields=['amount', '-created_at', '-id'], name='payments_gr_amount_6571d6_idx'),
        ),
        migrations.AddIndex(
            model_name='stripedispute',
            index=models.Index(condition=models.Q(('stripe_charge_id__gt', '')), fields=['stripe_charge_id'], name='disputes_by_charge'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(condition=models.Q(('latest_charge_id__gt', '')), fields=['latest_charge_id'], name='payment_intents_by_charge'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(fields=['amount', '-created_at', '-id'], name='payments_gr_amount_2bd24f_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(condition=models.Q(('currency__in', ('BHD', 'BIF', 'CLP', 'DJF', 'GNF', 'JOD', 'JPY', 'KMF', 'KRW', 'KWD', 'MGA', 'OMR', 'PYG', 'RWF', 'TND', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), fields=['amount', 'currency'], name='payment_intents_by_other_sum'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentintent',
            index=models.Index(django.db.models.functions.text.Upper('receipt_email'), condition=models.Q(('receipt_email__gt', '')), name='payment_intents_by_receipt'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentmethod',
            index=models.Index(fields=['account', 'livemode', '-created_at', '-id'], name='payments_gr_account_1bfa78_idx'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentmethod',
            index=models.Index(condition=models.Q(('last4__gt', '')), fields=['last4'], name='payment_methods_by_last4'),
        ),
        migrations.AddIndex(
            model_name='stripepaymentmethod',
            index=models.Index(condition=models.Q(('is_attached', True)), fields=['-created_at', '-id'], name='saved_payment_methods'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(fields=['reason', '-created_at'], name='payments_gr_reason_a04a22_idx'),
        ),
        migrations.AddIndex(
            model_name='striperefund',
            index=models.Index(fields=['amount', '-created_at', '-id'], name='payments_gr_amount_9147ca_idx'),
        ),
        migrations.AddIndex(
            model_name='stripesetupintent',
            index=models.Index(fields=['status', '-created_at'], name='payments_gr_status_b7ce7a_idx'),
        ),
        migrations.AddIndex(
            model_name='stripewebhookevent',
            index=models.Index(fields=['account', 'livemode', '-received_at', '-id'], name='payments_gr_account_010083_idx'),
        ),
        migrations.AddIndex(
            model_name='stripewebhookevent',
            index=models.Index(fields=['type', '-received_at'], name='payments_gr_type_74156f_idx'),
        ),
        migrations.AddIndex(
            model_name='stripewebhookevent',
            index=models.Index(condition=models.Q(('source', 'pull')), fields=['-received_at', '-id'], name='polled_webhook_events'),
        ),
        # For the admin's search. Continues where the database has no trigrams.
        payments_graphql.trigrams.CreateTrigramIndex('StripePaymentIntent', ['description']),
        payments_graphql.trigrams.CreateTrigramIndex('Booking', ['reference', 'description']),
    ]

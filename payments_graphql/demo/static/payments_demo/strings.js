// Every text of the page, in two languages. The API's own messages come in the language that
// `Accept-Language` asks for: see `authorization` in graphql.js.

const STRINGS = {
  en: {
    // The page
    bookings: "Bookings", payments: "Payments", cards: "Cards",
    main: "Main", skip: "Skip to content", testMode: "Test mode", language: "Language",
    signIn: "Sign in", signOut: "Sign out", signInAs: "Sign in as {name}",
    welcome: "Pay for a trip",
    welcomeText: "A sample shop for the payments API. Sign in to see its bookings. No money moves.",
    username: "Username", password: "Password", orByPassword: "or with a password",
    customer: "Customer", staff: "Staff",
    tryAgain: "Try again", cancel: "Cancel", close: "Close", back: "Back", loadMore: "Load more",
    loading: "Loading", loadingFailed: "This could not be loaded.",
    connectionLost: "The connection was lost.",
    checkConnection: "Check your connection and try again.",
    developers: "For developers", sandbox: "Sandbox", admin: "Admin",
    // Bookings
    bookingsText: "Your trips, and what is still to pay.",
    noBookings: "No bookings", noBookingsText: "You have no trips. Sign in as Alice or Bob to pay one.",
    pay: "Pay", payRest: "Pay the rest", view: "View", continue: "Continue",
    due: "Due", paid: "Paid", paidOf: "{paid} of {amount} paid", canceled: "Canceled",
    // Checkout
    payWith: "Pay with", newCard: "New card or another way to pay", expired: "Expired",
    expires: "Expires {month}", default: "Default",
    saveCard: "Save it for next time", payPart: "Pay a part", payAll: "Pay the full amount",
    partAmount: "Amount to pay now", partHint: "Up to {maximum}.",
    partWrong: "Enter an amount up to {maximum}.",
    payAmount: "Pay {amount}", holdAmount: "Hold {amount}", paying: "One moment…",
    holdInstead: "Hold it now, charge it later",
    holdText: "Your card is not charged now. The amount is held until it is captured or released.",
    testCards: "Test cards", testCardsText: "With any future date and any security code.",
    cardPays: "Pays", cardDeclined: "Is declined", cardSecure: "Asks for 3-D Secure",
    cardRefundFails: "Pays; its refund fails later", copy: "Copy {number}", copied: "Copied",
    formFailed: "The payment form could not be loaded.",
    payLost: "The connection was lost while you paid.",
    payLostText: "We are checking the payment. You can also press Pay again: you won't be charged twice.",
    declined: "The card was declined.",
    waiting: "Confirming your payment",
    waitingText: "This takes a few seconds. You can close the page: the payment goes on.",
    processing: "Your bank is processing the payment",
    processingText: "This can take a few days. We will tell you when it is done.",
    actionNeeded: "Your bank asks you to confirm",
    actionText: "Confirm the payment with your bank to complete it.",
    actionVoucher: "Complete the payment by {date}", actionVoucherText: "Follow the instructions to pay.",
    instructions: "Open the instructions", confirmNow: "Confirm with your bank",
    thanks: "Paid", thanksText: "{amount} for {description}. Thank you.",
    held: "Held until {date}", heldText: "{amount} is held on your card. It is charged when staff capture it.",
    wasCanceled: "This payment was canceled", wasCanceledText: "Nothing was charged.",
    startAgain: "Start again", receipt: "Receipt", viewPayment: "View payment", nothingDue: "Nothing to pay",
    stillDue: "{amount} is still due.",
    // Payments
    paymentsText: "Everything you paid, newest first.", noPayments: "No payments",
    noPaymentsText: "Payments that match appear here.",
    status: "Status", period: "Period", all: "All", anyTime: "Any time", last7: "Last 7 days", last30: "Last 30 days",
    REQUIRES_PAYMENT_METHOD: "Not paid", REQUIRES_CONFIRMATION: "Not paid", REQUIRES_ACTION: "Action needed",
    PROCESSING: "Processing", REQUIRES_CAPTURE: "Held", SUCCEEDED: "Paid", CANCELED: "Canceled",
    FAILED: "Failed", PENDING: "Pending", UNKNOWN: "Unknown", OPEN: "Not paid",
    refundSUCCEEDED: "Refunded", PARTLY: "Partly refunded", FULLY: "Refunded",
    paymentOf: "Payment", method: "Paid with", date: "Date", reference: "Booking", refunded: "Refunded",
    history: "What happened", attemptFailed: "Declined", refunds: "Refunds", refund: "Refund", refundText: "Up to {maximum} can be refunded.",
    refundAmount: "Amount", reason: "Reason", reasonNone: "No reason",
    REQUESTED_BY_CUSTOMER: "Changed plans", DUPLICATE: "Paid twice",
    refundButton: "Refund {amount}", refundWrong: "Enter an amount up to {maximum}.",
    refundUnfinished: "A refund of {amount} was begun. Press the button to complete it.",
    refundFailed: "The bank refused this refund. The money is available again.",
    refundPending: "The money is on its way.", refundDone: "{amount} was given back.",
    cancelPayment: "Cancel this payment", notFound: "Not found", notFoundText: "You have no such payment or booking.",
    // Cards
    cardsText: "Saved for your next payments.", noCards: "No saved cards",
    noCardsText: "Save one now, or while you pay.", addCard: "Add a card", save: "Save card",
    saving: "Saving…", makeDefault: "Make default", remove: "Remove", removeSure: "Remove {card}?",
    cardSaved: "The card is saved.", cardRemoved: "{card} was removed.",
    // Behind the scenes
    behind: "Behind the scenes", behindText: "What this step does, as it happens.",
    behindEmpty: "Requests, webhooks and live updates appear here.",
    request: "Request", answer: "Answer", variables: "Variables", payload: "Payload",
    atStripe: "At Stripe now", fromApi: "GraphQL", fromStripe: "Stripe.js", fromWebhook: "Webhook", fromLive: "Live",
    show: "Show", hide: "Hide",
  },
  fr: {
    bookings: "Réservations", payments: "Paiements", cards: "Cartes",
    main: "Principal", skip: "Aller au contenu", testMode: "Mode test", language: "Langue",
    signIn: "Se connecter", signOut: "Se déconnecter", signInAs: "Se connecter en tant que {name}",
    welcome: "Payer un voyage",
    welcomeText: "Une boutique d’exemple pour l’API de paiement. Connectez-vous pour voir ses réservations. Aucun argent ne circule.",
    username: "Nom d’utilisateur", password: "Mot de passe", orByPassword: "ou avec un mot de passe",
    customer: "Client", staff: "Équipe",
    tryAgain: "Réessayer", cancel: "Annuler", close: "Fermer", back: "Retour", loadMore: "Afficher plus",
    loading: "Chargement", loadingFailed: "Le chargement a échoué.",
    connectionLost: "La connexion a été interrompue.",
    checkConnection: "Vérifiez votre connexion et réessayez.",
    developers: "Pour les développeurs", sandbox: "Sandbox", admin: "Administration",
    bookingsText: "Vos voyages, et ce qu’il reste à payer.",
    noBookings: "Aucune réservation", noBookingsText: "Vous n’avez aucun voyage. Connectez-vous en tant qu’Alice ou Bob pour en payer un.",
    pay: "Payer", payRest: "Payer le reste", view: "Voir", continue: "Continuer",
    due: "À payer", paid: "Payé", paidOf: "{paid} payés sur {amount}", canceled: "Annulée",
    payWith: "Payer avec", newCard: "Nouvelle carte ou autre moyen de paiement", expired: "Expirée",
    expires: "Expire {month}", default: "Par défaut",
    saveCard: "L’enregistrer pour la prochaine fois", payPart: "Payer une partie", payAll: "Payer le montant total",
    partAmount: "Montant à payer maintenant", partHint: "{maximum} au plus.",
    partWrong: "Saisissez un montant jusqu’à {maximum}.",
    payAmount: "Payer {amount}", holdAmount: "Bloquer {amount}", paying: "Un instant…",
    holdInstead: "Bloquer le montant, débiter plus tard",
    holdText: "Votre carte n’est pas débitée maintenant. Le montant est bloqué jusqu’à son débit ou sa libération.",
    testCards: "Cartes de test", testCardsText: "Avec une date future et un code de sécurité au choix.",
    cardPays: "Paie", cardDeclined: "Est refusée", cardSecure: "Demande 3-D Secure",
    cardRefundFails: "Paie ; son remboursement échoue plus tard", copy: "Copier {number}", copied: "Copié",
    formFailed: "Le formulaire de paiement n’a pas pu être chargé.",
    payLost: "La connexion a été interrompue pendant le paiement.",
    payLostText: "Nous vérifions le paiement. Vous pouvez aussi appuyer de nouveau sur Payer : vous ne serez pas débité deux fois.",
    declined: "La carte a été refusée.",
    waiting: "Confirmation de votre paiement",
    waitingText: "Cela prend quelques secondes. Vous pouvez fermer la page : le paiement se poursuit.",
    processing: "Votre banque traite le paiement",
    processingText: "Cela peut prendre quelques jours. Nous vous préviendrons.",
    actionNeeded: "Votre banque vous demande de confirmer",
    actionText: "Confirmez le paiement auprès de votre banque pour le terminer.",
    actionVoucher: "Terminez le paiement avant le {date}", actionVoucherText: "Suivez les instructions pour payer.",
    instructions: "Ouvrir les instructions", confirmNow: "Confirmer auprès de la banque",
    thanks: "Payé", thanksText: "{amount} pour {description}. Merci.",
    held: "Bloqué jusqu’au {date}", heldText: "{amount} sont bloqués sur votre carte. Elle est débitée quand l’équipe encaisse.",
    wasCanceled: "Ce paiement a été annulé", wasCanceledText: "Rien n’a été débité.",
    startAgain: "Recommencer", receipt: "Reçu", viewPayment: "Voir le paiement", nothingDue: "Rien à payer",
    stillDue: "Il reste {amount} à payer.",
    paymentsText: "Tout ce que vous avez payé, du plus récent au plus ancien.", noPayments: "Aucun paiement",
    noPaymentsText: "Les paiements correspondants s’affichent ici.",
    status: "Statut", period: "Période", all: "Tous", anyTime: "Toutes les dates", last7: "7 derniers jours", last30: "30 derniers jours",
    REQUIRES_PAYMENT_METHOD: "Non payé", REQUIRES_CONFIRMATION: "Non payé", REQUIRES_ACTION: "Action requise",
    PROCESSING: "En cours", REQUIRES_CAPTURE: "Bloqué", SUCCEEDED: "Payé", CANCELED: "Annulé",
    FAILED: "Échoué", PENDING: "En attente", UNKNOWN: "Inconnu", OPEN: "Non payé",
    refundSUCCEEDED: "Remboursé", PARTLY: "Remboursé en partie", FULLY: "Remboursé",
    paymentOf: "Paiement", method: "Payé avec", date: "Date", reference: "Réservation", refunded: "Remboursé",
    history: "Déroulement", attemptFailed: "Refusé", refunds: "Remboursements", refund: "Rembourser", refundText: "{maximum} au plus peuvent être remboursés.",
    refundAmount: "Montant", reason: "Motif", reasonNone: "Aucun motif",
    REQUESTED_BY_CUSTOMER: "Changement de projet", DUPLICATE: "Payé deux fois",
    refundButton: "Rembourser {amount}", refundWrong: "Saisissez un montant jusqu’à {maximum}.",
    refundUnfinished: "Un remboursement de {amount} a été commencé. Appuyez sur le bouton pour le terminer.",
    refundFailed: "La banque a refusé ce remboursement. Le montant est de nouveau disponible.",
    refundPending: "L’argent est en route.", refundDone: "{amount} ont été rendus.",
    cancelPayment: "Annuler ce paiement", notFound: "Introuvable", notFoundText: "Vous n’avez pas ce paiement ou cette réservation.",
    cardsText: "Enregistrées pour vos prochains paiements.", noCards: "Aucune carte enregistrée",
    noCardsText: "Enregistrez-en une maintenant, ou en payant.", addCard: "Ajouter une carte", save: "Enregistrer la carte",
    saving: "Enregistrement…", makeDefault: "Par défaut", remove: "Supprimer", removeSure: "Supprimer {card} ?",
    cardSaved: "La carte est enregistrée.", cardRemoved: "{card} a été supprimée.",
    behind: "En coulisses", behindText: "Ce que fait cette étape, au fur et à mesure.",
    behindEmpty: "Les requêtes, les webhooks et les mises à jour s’affichent ici.",
    request: "Requête", answer: "Réponse", variables: "Variables", payload: "Contenu",
    atStripe: "Chez Stripe maintenant", fromApi: "GraphQL", fromStripe: "Stripe.js", fromWebhook: "Webhook", fromLive: "En direct",
    show: "Afficher", hide: "Masquer",
  },
};

const KEPT = "payments-demo/language";
let current = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
if (!(current in STRINGS)) current = "en";

export const LANGUAGES = { en: "English", fr: "Français" };

export function language() {
  return current;
}

export function setLanguage(code) {
  current = code;
  localStorage.setItem(KEPT, code);
}

/** A text with its values: `t("payAmount", { amount: "$10.00" })`. */
export function t(key, values = {}) {
  const text = STRINGS[current][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

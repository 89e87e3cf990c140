# Libellés des documents en français (Suisse). Les valeurs se notent { $name }; **gras** met en évidence.
# Devant : ; ? ! et à l’intérieur des guillemets se trouve une espace fine insécable (U+202F).

# Date et pages
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
month-short-1 = 01
month-short-2 = 02
month-short-3 = 03
month-short-4 = 04
month-short-5 = 05
month-short-6 = 06
month-short-7 = 07
month-short-8 = 08
month-short-9 = 09
month-short-10 = 10
month-short-11 = 11
month-short-12 = 12
date-long = { $number ->
    [1] 1er{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
   *[other] { $day }{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
    }
date-short = { $day2 }.{ $month }.{ $year }
page-of = Page { $page } sur { $pages }
page-line = { $paper }, page { $page } sur { $pages }
keep-clear = Codes et ligne sont lus par une machine. Prière de ne rien écrire, tamponner ou agrafer ici.

# Noms des documents
paper-request = Demande de certificats
paper-receipt = Accusé de réception
paper-agreement = Conditions d’utilisation
request-title = Demande de certificats
receipt-title = Accusé de réception de la carte
agreement-title = Conditions d’utilisation
sets-document = { $count ->
    [one] Documents de la demande d’une personne
   *[other] Documents des demandes de { $count } personnes
    }
document-title = Documents de la demande { $request_id }

# Champs
label-request-id = Numéro de la demande
label-card-serial = Numéro de la carte
label-page = Page
label-page-value = { $page } sur { $pages }
label-name = Prénom et nom
label-family-name = Nom
label-given-names = Prénoms
label-birth-date = Date de naissance
label-nationality = Nationalité
label-ahv = Numéro AVS
label-mail = E-mail
label-organisation = Organisation
label-unit = Unité d’organisation
label-site = Site
label-delivery = Envoi de la lettre
label-document-kind = Type de pièce d’identité
label-document-number = Numéro de la pièce
label-document-issuer = État émetteur
label-document-expiry = Valable jusqu’au
label-place-date = Lieu, date
label-date = Date
label-handed-over-by = Carte remise par
label-delivery-number = Bulletin de livraison nº
label-batch = Lot d’impression
label-envelope = Enveloppe
delivery-post = Poste, adresse privée
delivery-rio = E-mail au RIO
delivery-in-person = aucune, carte ouverte sur place
document-passport = Passeport
document-identity-card = Carte d’identité
care-of = c/o { $name }
po-box = Case postale { $number }

# Pays dans les adresses; les autres figurent en anglais
country-at = Autriche
country-be = Belgique
country-ch = Suisse
country-cz = Tchéquie
country-de = Allemagne
country-es = Espagne
country-fr = France
country-gb = Royaume-Uni
country-gr = Grèce
country-hr = Croatie
country-hu = Hongrie
country-it = Italie
country-li = Liechtenstein
country-lu = Luxembourg
country-nl = Pays-Bas
country-pl = Pologne
country-pt = Portugal
country-ro = Roumanie
country-si = Slovénie
country-sk = Slovaquie
country-tr = Turquie
country-us = États-Unis

# Demande
section-person = Personne
section-organisation = Lieu de travail
section-address = Adresse privée
section-travel-document = Pièce d’identité
section-rio = Identification par le RIO
section-lrao = Identification par le LRAO
section-holder = Titulaire
data-code-caption = Les mêmes données, lisibles par machine. Établi{ "\u00A0" }le{ "\u00A0" }{ $printed }.
alt-data-code = Code QR contenant les données de cette demande
copy-passport = **Copier la pièce ici.** Placer la page de données du passeport en grandeur réelle entre les repères, avec la photo et les deux lignes du bas. Droite, complète, sans reflet.
copy-identity-card = **Copier la carte d’identité ici.** À gauche le recto avec la photo, à droite le verso avec les trois lignes, les deux en grandeur réelle entre les repères. Droite, complète, sans reflet.
rio-confirms = J’ai identifié la personne en face à face, au moyen de l’original valable de cette pièce, et comparé les données avec celle‑ci.
holder-confirms = Les données figurant sur cette feuille sont exactes et complètes. Je demande par la présente trois certificats sur la carte indiquée ci‑dessus.
signature-rio = Signature du RIO : { $rio_name }
signature-lrao = Signature du LRAO : { $rio_name }
signature-holder = Signature : { $holder_name }

# Accusé de réception
receipt-intro = La personne soussignée, **{ $holder_name }**, confirme avoir reçu aujourd’hui en mains propres la carte indiquée ci‑dessous. Celle‑ci est scellée et vide : elle ne porte encore aucun certificat et personne n’en connaît le PIN.
receipt-compare = À comparer : le même numéro est imprimé sur la carte. S’il diffère, n’acceptez pas la carte.
receipt-received = Éléments reçus
receipt-item-1 = une carte à puce scellée portant le numéro ci‑dessus, intacte
receipt-item-2 = les conditions d’utilisation, version { $agreement_version }, à lire et à conserver
receipt-item-3 = les explications sur la manière de desceller la carte et sur ce qu’il faut faire en cas de perte
receipt-next = La suite
receipt-next-text = Le service d’enregistrement contrôle la demande et émet les certificats. Vous recevez ensuite une lettre avec un eTicket. Avec la carte et la lettre, vous vous rendez à un poste de travail équipé de deux lecteurs et y choisissez votre propre PIN. D’ici là, gardez la carte en lieu sûr. Si vous la perdez, signalez‑le immédiatement : { $office_phone }.
receipt-here-text = Le service d’enregistrement contrôle la demande et émet les certificats tout de suite. Au guichet, vous choisissez votre propre PIN et la carte est ouverte ; il n’y a pas de lettre. Si vous perdez la carte, signalez‑le immédiatement : { $office_phone }.

# Conditions d’utilisation
agreement-version-line = Version { $agreement_version }, français · { $office-name }
agreement-confirms = La personne soussignée, **{ $holder_name }**, confirme avoir lu et compris les conditions d’utilisation, version { $agreement_version }, et s’engage à les respecter. Elle en a reçu un exemplaire.

# Lettre
letter-title = Lettre de descellement { $letter_id }
letter-place-date = { $office_place }, le { $date }
letter-subject = Votre eTicket : comment desceller votre carte
letter-greeting = Bonjour { $recipient_name }
letter-intro = Vos certificats ont été émis. L’eTicket figurant sur cette feuille vous permet de desceller votre carte, dont le numéro se termine par **{ $card_end }**, et de choisir votre propre PIN. L’eTicket sert une seule fois, jusqu’au **{ $until }**. Ne le donnez à personne et ne le gardez pas avec la carte.
letter-ticket-caption = eTicket
letter-ticket-note = Quatre groupes de cinq caractères. Les lettres I, L, O et U n’apparaissent pas ; majuscules et minuscules sont équivalentes.
letter-steps-title = En cinq étapes
letter-step-1 = Prenez la carte, cette lettre et votre pièce d’identité et rendez‑vous à un poste de travail équipé de **deux lecteurs de cartes**. Une ou un collègue y est déjà connecté et vous aide.
letter-step-2 = Ouvrez l’assistant, menu **Desceller le token**, et insérez votre carte dans le second lecteur.
letter-step-3 = Saisissez l’**eTicket**, groupe par groupe. En cas de faute de frappe, l’assistant indique quel groupe est erroné.
letter-step-4 = Choisissez votre **PIN** ainsi qu’une **question et sa réponse**, avec lesquelles vous pourrez plus tard faire révoquer la carte. Personne d’autre ne doit les connaître.
letter-step-5 = Attendez que l’assistant affiche **Carte prête**. Détruisez ensuite cette lettre.
letter-help-title = Des questions ?
letter-not-yours-title = Un problème ?
letter-not-yours = Si cette lettre ne vous est pas destinée, veuillez la retourner sans la lire. Si l’enveloppe était ouverte ou si votre carte manque, signalez‑le immédiatement.
letter-number-line = Lettre { $letter_id }
alt-letter-code = Code QR contenant le numéro de cette lettre, pour les retours

# Bulletin de livraison
delivery-note-title = Bulletin de livraison de cartes à puce
delivery-note-intro = { $cards ->
    [one] Par ce bulletin, le site reçoit une carte à puce scellée et vide. Veuillez comparer avec le numéro sur la carte et cocher.
   *[other] Par ce bulletin, le site reçoit { $cards } cartes à puce scellées et vides. Veuillez comparer chacune avec le numéro sur la carte et la cocher.
    }
delivery-note-confirms = J’ai reçu les cartes cochées au complet, scellées et intactes, et je les conserve sous clé.
column-position = Nº
column-received = Reçue
signature-receiver = Nom et signature de la personne qui reçoit
delivery-note-document = Bulletin de livraison { $number }

# Bordereau d’expédition
cover-title = Bordereau d’expédition
cover-letters = Lettres de ce lot
cover-note = Veuillez compter avant et après la mise sous pli. Si le nombre diffère, ne postez pas le lot et avisez le service d’enregistrement. Les impressions ratées doivent être détruites, jamais jetées au vieux papier.
column-file = Fichier d’impression
column-language = Langue
column-country = Pays
cover-rest = autres pays
column-count = Nombre
signature-dispatch = Nom et signature du service d’expédition
cover-document = Bordereau d’expédition { $batch }

# Demande de révocation
paper-revocation = Demande de révocation
revocation-title = Demande de révocation de la carte
revocation-document = Demande de révocation { $request_id }
revocation-intro = La présente demande entraîne la révocation de **tous les certificats** de la carte indiquée. La révocation est définitive. Si la carte est perdue ou si quelqu’un connaît le PIN, appelez d’abord le { $office_phone }.
revocation-card = Carte
revocation-reason = Pourquoi la carte doit-elle être révoquée ?
revocation-lost = La carte est perdue, volée ou détruite.
revocation-compromised = Une autre personne connaît ou pourrait connaître le PIN.
revocation-left = Les rapports de travail ou la fonction prennent fin.
revocation-changed = Le nom, l’organisation ou l’adresse e-mail ne sont plus exacts.
revocation-other = Autre motif :
revocation-requester = Qui présente la demande ?
revocation-holder = la ou le titulaire de la carte
revocation-manager = la supérieure ou le supérieur hiérarchique
revocation-hr = le service du personnel
revocation-office = le service d’enregistrement
revocation-since = Depuis quand (date, heure)
revocation-phone = Téléphone pour toute question
revocation-name = Nom de la personne requérante
revocation-confirms = Les indications sont exactes. J’ai le droit de demander cette révocation et je sais que les données chiffrées ne seront ensuite lisibles qu’avec une sauvegarde de la clé.
signature-requester = Signature de la personne requérante

# Bulletin de livraison avec codes
paper-delivery_note = Bulletin de livraison

# Page d’essai pour enveloppes
envelope-title = Page d’essai pour enveloppes à fenêtre
envelope-document = Page d’essai { $envelope }
envelope-intro = Pliez cette feuille aux repères du bord gauche et glissez‑la dans l’enveloppe. **Tout va bien si, lorsque vous secouez l’enveloppe, l’adresse entière reste visible** et que rien d’autre n’apparaît dans la fenêtre. Le cadre en couleur suit le bord de la fenêtre, les cadres gris en sont à 3{ "\u00A0" }mm ; les traits comptent les millimètres.
envelope-profile = Profil
envelope-window = Fenêtre (gauche / haut / largeur × hauteur)
envelope-folds = Plis depuis le haut
envelope-wrong = Sinon, mesurez l’écart sur l’échelle et inscrivez la valeur dans la configuration : dispatch.window, window_mm, en millimètres depuis l’angle supérieur gauche de la feuille.
envelope-ticket = C’est ici que la lettre porte l’eTicket. Tenez l’enveloppe fermée contre la lumière : si cette phrase est lisible de l’extérieur, utilisez des enveloppes dont l’impression intérieure est plus dense.

# Feuille de saisie
blank-title = Feuille de saisie
blank-document = Feuille de saisie pour une demande de certificats
blank-intro = À remplir à l’écran ou à la main. Les données sont ensuite saisies et les documents de la demande imprimés ; cette feuille n’est pas numérisée et elle est détruite après la saisie.
blank-street = Rue
blank-house-number = Numéro
blank-po-box = Case postale
blank-postcode = Code postal
blank-country = Pays
blank-hint-state = trois lettres, p. ex. CHE
blank-hint-country = p. ex. CH
blank-care-of = Complément d’adresse, c/o
blank-town = Localité
blank-language = Langue des documents
language-de = Allemand
language-fr = Français
language-it = Italien
language-en = Anglais
blank-optional = facultatif
blank-hint-date = jour, mois, année
blank-hint-card = dix chiffres, comme sur la carte
blank-hint-document = comme dans la ligne lisible par machine
blank-note = Remarques

alt-logo = Logo : { $office-name }

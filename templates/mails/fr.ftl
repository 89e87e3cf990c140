# E-mails, et ce qu’ils trouvent à redire à un envoi. Les valeurs se notent { $name }.

submit = Veuillez trouver ci-joint les documents signés : { $requests }.
mail-with-subject = « { $subject } » du { $arrived }
mail-without-subject = du { $arrived }
moment = { $date }, { $time } UTC
reply-defects-subject = Votre demande de certificats n’a pas pu être prise en compte
reply-defects =
    Votre e-mail { $mail } n’a pas été accepté. Voici toutes les raisons :

    { $reasons }
    Rien n’est perdu : votre e-mail est conservé. Veuillez corriger cela et envoyer encore une fois les documents dans un nouvel e-mail.

    { $office }
    { $contact }
reply-rejected-subject = La demande { $request } a été refusée
reply-rejected =
    Le service d’enregistrement a refusé la demande { $request } :

    { $reason }

    La carte est de nouveau libre et peut servir à une nouvelle demande.

    { $office }
    { $contact }
notice-issued-subject = Des certificats ont été émis pour vous
notice-issued =
    Bonjour { $name }

    Des certificats ont été émis à votre nom pour la carte { $serial } (demande { $request }). Une lettre portant le numéro
    qui ouvre la carte est en route.

    Si vous ne l’avez pas demandé, annoncez-le-nous immédiatement :

    { $office }
    { $contact }
notice-issued-in-person =
    Bonjour { $name }

    Des certificats ont été émis à votre nom, à notre guichet, pour la carte { $serial } (demande { $request }). Vous y ouvrez la
    carte vous-même.

    Si vous ne l’avez pas demandé, annoncez-le-nous immédiatement :

    { $office }
    { $contact }
notice-unsealed-subject = Votre carte a été ouverte
notice-unsealed =
    Bonjour { $name }

    La carte { $serial } (demande { $request }) a été ouverte avec le numéro de votre lettre et est maintenant en service.

    Si ce n’était pas vous, faites révoquer la carte immédiatement :

    { $office }
    { $contact }
notice-unsealed-in-person =
    Bonjour { $name }

    La carte { $serial } (demande { $request }) a été ouverte à notre guichet et est maintenant en service.

    Si ce n’était pas vous, faites révoquer la carte immédiatement :

    { $office }
    { $contact }
notice-revoked-subject = Vos certificats ont été révoqués
notice-revoked =
    Bonjour { $name }

    Tous les certificats de la carte { $serial } (demande { $request }) ont été révoqués. La carte ne peut plus être utilisée.

    { $office }
    { $contact }
letter-mail-subject = Lettre de descellement à remettre
letter-mail =
    La lettre jointe se rapporte à la demande { $request }. Veuillez l’imprimer, la remettre en mains propres et supprimer
    cet e-mail.

# Défauts : ce qui ne va pas, et ce qu’il faut faire
defect-too-large = L’e-mail ou l’un de ses éléments est plus volumineux, plus imbriqué ou plus nombreux que ce qui est admis.
advice-too-large = Envoyez moins de scans, ou des scans plus petits, par e-mail.
defect-malformed-mail = L’en-tête de l’e-mail est écrit de telle sorte que les programmes le lisent différemment.
advice-malformed-mail = Envoyez l’e-mail encore une fois depuis votre programme de messagerie, sans programme intermédiaire qui le réécrive.
defect-duplicate-header = Un champ d’en-tête qui ne peut figurer qu’une fois figure deux fois ; on ne sait lequel compte.
advice-duplicate-header = Envoyez l’e-mail encore une fois depuis votre programme de messagerie, sans programme intermédiaire qui le réécrive.
defect-malformed-mime = Les parties de l’e-mail ne peuvent être séparées avec certitude.
advice-malformed-mime = Envoyez l’e-mail encore une fois depuis votre programme de messagerie, sans programme intermédiaire qui le réécrive.
defect-not-signed = L’e-mail n’est pas signé avec S/MIME.
advice-not-signed = Signez l’e-mail avec votre carte (S/MIME) et envoyez-le encore une fois.
defect-unsigned-content = Il y a du contenu que la signature ne couvre pas : à côté, avant, après ou autour de la partie signée.
advice-unsigned-content = Envoyez l’e-mail directement, sans liste ni passerelle qui y ajoute quelque chose.
defect-decryption-failed = L’e-mail est chiffré et aucune clé ne l’ouvre, ou son contenu n’est pas valablement signé.
advice-decryption-failed = Signez l’e-mail et chiffrez-le pour le certificat que publie le service, ou envoyez-le seulement signé.
defect-malformed-cms = Les données de signature sont illisibles.
advice-malformed-cms = Signez l’e-mail à nouveau, avec un autre programme de messagerie si cela se répète.
defect-trailing-data = Des octets suivent après la fin des données de signature.
advice-trailing-data = Signez l’e-mail à nouveau, avec un autre programme de messagerie si cela se répète.
defect-no-signer = Les données de signature ne contiennent que des certificats, aucune signature.
advice-no-signer = Signez l’e-mail avec votre carte (S/MIME) et envoyez-le encore une fois.
defect-several-signers = Il y a plus d’une signature ; il en faut exactement une.
advice-several-signers = Signez l’e-mail une seule fois, avec votre propre carte.
defect-content-twice = Les données de signature apportent leur propre contenu en plus de la partie signée.
advice-content-twice = Signez l’e-mail à nouveau, avec un autre programme de messagerie si cela se répète.
defect-content-missing = Les données de signature devraient contenir le contenu signé et ne le contiennent pas.
advice-content-missing = Signez l’e-mail à nouveau, avec un autre programme de messagerie si cela se répète.
defect-content-altered = Le contenu n’est pas celui qui a été signé : il a été modifié en chemin ou mal signé.
advice-content-altered = Envoyez l’e-mail encore une fois ; demandez aux responsables de la messagerie si une passerelle modifie les e-mails.
defect-signature-wrong = La signature n’a pas été faite avec la clé du certificat.
advice-signature-wrong = Signez l’e-mail à nouveau avec votre carte.
defect-signed-attributes-missing = Il manque à la signature les attributs signés que tout programme de messagerie écrit.
advice-signed-attributes-missing = Signez l’e-mail avec un autre programme de messagerie.
defect-signed-attributes-not-der = Les attributs signés ne sont pas dans la seule forme qui compte (DER).
advice-signed-attributes-not-der = Signez l’e-mail avec un autre programme de messagerie.
defect-signed-attribute-wrong = Un attribut signé manque, figure deux fois ou ne convient pas.
advice-signed-attribute-wrong = Signez l’e-mail avec un autre programme de messagerie.
defect-signing-certificate-mismatch = La signature indique qu’elle appartient à un autre certificat que celui qui l’accompagne.
advice-signing-certificate-mismatch = Signez l’e-mail à nouveau avec votre carte.
defect-signers-differ = L’e-mail est signé en plusieurs couches, qui ne sont pas toutes de la même personne.
advice-signers-differ = Signez l’e-mail une seule fois, avec votre propre carte.
defect-algorithm-weak = La signature utilise un algorithme trop faible ; il faut SHA-256 ou plus fort.
advice-algorithm-weak = Réglez votre programme de messagerie sur SHA-256 et signez à nouveau.
defect-algorithm-unknown = La signature utilise un algorithme qui n’est pas admis.
advice-algorithm-unknown = Signez avec RSA ou ECDSA et SHA-256.
defect-algorithm-mismatch = Algorithme de signature, hachage, paramètres et clé ne s’accordent pas.
advice-algorithm-mismatch = Signez l’e-mail à nouveau, avec un autre programme de messagerie si cela se répète.
defect-signer-certificate-missing = Le certificat de la personne signataire manque dans l’e-mail.
advice-signer-certificate-missing = Réglez votre programme de messagerie pour qu’il envoie votre certificat avec la signature.
defect-certificate-malformed = Le certificat de la personne signataire est illisible.
advice-certificate-malformed = Demandez un nouveau certificat au service.
defect-certificate-signature-wrong = Un certificat n’est pas valablement signé par l’autorité qu’il nomme.
advice-certificate-signature-wrong = Signez avec votre carte de classe B.
defect-issuer-untrusted = Le certificat n’émane d’aucune autorité reconnue par le service.
advice-issuer-untrusted = Signez avec votre carte de classe B.
defect-key-weak = Une clé est trop faible ou d’un genre qui n’est pas admis.
advice-key-weak = Demandez une nouvelle carte au service.
defect-revoked = Le certificat, ou un certificat supérieur, est révoqué.
advice-revoked = Demandez une nouvelle carte au service.
defect-not-a-ca = Un certificat a signé le vôtre sans être celui d’une autorité de certification.
advice-not-a-ca = Signez avec votre carte de classe B.
defect-path-constraint = Une règle fixée par une autorité pour les certificats qui en dépendent n’est pas respectée.
advice-path-constraint = Signez avec votre carte de classe B.
defect-name-not-allowed = L’autorité ne peut émettre de certificat pour ce nom.
advice-name-not-allowed = Demandez un nouveau certificat au service.
defect-policy-missing = Le certificat n’a pas été émis selon une politique exigée.
advice-policy-missing = Signez avec votre carte de classe B.
defect-critical-extension = Un certificat porte une extension critique inconnue ici.
advice-critical-extension = Demandez un nouveau certificat au service.
defect-key-usage = Le certificat n’est pas destiné à signer.
advice-key-usage = Choisissez dans votre programme de messagerie le certificat de signature de votre carte.
defect-extended-key-usage = Le certificat n’est pas destiné au courrier électronique.
advice-extended-key-usage = Choisissez dans votre programme de messagerie le certificat de signature de votre carte.
defect-expired = Le certificat, ou un certificat supérieur, a expiré.
advice-expired = Renouvelez votre carte et signez à nouveau.
defect-not-yet-valid = Le certificat, ou un certificat supérieur, n’est pas encore valable.
advice-not-yet-valid = Attendez que votre certificat soit valable et signez à nouveau.
defect-from-missing = L’e-mail n’indique pas de qui il provient.
advice-from-missing = Envoyez l’e-mail encore une fois depuis votre programme de messagerie.
defect-from-malformed = Le champ « De » n’est pas exactement une simple adresse e-mail.
advice-from-malformed = Envoyez depuis votre propre boîte, avec votre seule adresse dans le champ « De ».
defect-from-misleading = Le nom affiché avec l’adresse d’expéditeur ressemble à une autre adresse e-mail.
advice-from-misleading = Inscrivez votre nom dans le programme de messagerie, sans autre adresse e-mail.
defect-from-mismatch = L’adresse d’expéditeur ne figure pas dans le certificat.
advice-from-mismatch = Envoyez depuis la boîte pour laquelle votre certificat a été émis.
defect-sender-mismatch = Une autre boîte que celle de la personne signataire a envoyé l’e-mail.
advice-sender-mismatch = Envoyez depuis votre propre boîte, non au nom d’autrui.
defect-address-missing = Le certificat ne contient aucune adresse e-mail.
advice-address-missing = Choisissez dans votre programme de messagerie le certificat de signature de votre carte.
defect-revocation-stale = On ne sait si un certificat est révoqué : la liste de révocation la plus récente est périmée. L’e-mail attend.
advice-revocation-stale = Ne faites rien : le service se procure la liste et contrôle l’e-mail encore une fois.
defect-revocation-unknown = On ne sait si un certificat est révoqué : il n’y a pas de liste de révocation utilisable. L’e-mail attend.
advice-revocation-unknown = Ne faites rien : le service se procure la liste et contrôle l’e-mail encore une fois.
defect-signer-not-enrolled = Le certificat n’est pas inscrit ici comme celui d’un RIO.
advice-signer-not-enrolled = Faites inscrire votre certificat par la personne responsable de la sécurité.
defect-seen-before = Ces documents sont déjà arrivés.
advice-seen-before = N’envoyez pas les documents deux fois. Renseignez-vous si une réponse manque.
defect-no-scan = Aucun scan n’est joint dans la partie signée.
advice-no-scan = Joignez le scan, en PDF ou en image, à l’e-mail que vous signez.
defect-scan-unreadable = Un fichier joint est illisible.
advice-scan-unreadable = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-no-request = Aucune page du scan ne nomme une demande.
advice-no-request = Scannez les documents imprimés pour cette demande, toutes les pages avec leurs codes.
defect-page-missing = Une page manque.
advice-page-missing = Scannez toutes les pages et envoyez-les en un seul e-mail.
defect-page-twice = Une page figure deux fois.
advice-page-twice = Envoyez chaque page une seule fois.
defect-differs-from-draft = Les documents disent autre chose que la demande saisie.
advice-differs-from-draft = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-serial-differs = Le numéro de série dans les codes n’est pas celui des données de la demande.
advice-serial-differs = Imprimez les documents à nouveau, avec le numéro de série qui figure sur la carte.
defect-card-unknown = Cette carte ne fait pas partie du stock.
advice-card-unknown = Comparez le numéro de série avec la carte ; prenez une carte livrée à votre site.
defect-card-of-other-site = Cette carte a été livrée à un autre site.
advice-card-of-other-site = Prenez une carte livrée à votre propre site et imprimez les documents à nouveau.
defect-card-taken = Cette carte est déjà utilisée dans une autre demande.
advice-card-taken = Prenez une autre carte et imprimez les documents à nouveau.
defect-card-not-free = Cette carte ne peut plus être utilisée.
advice-card-not-free = Prenez une autre carte et imprimez les documents à nouveau.
defect-rio-of-other-site = Vous n’êtes pas inscrit au site de cette demande.
advice-rio-of-other-site = Faites envoyer la demande par un RIO de ce site, ou faites-vous y inscrire.
defect-walk-in = Ces documents appartiennent à une délivrance au guichet.
advice-walk-in = Apportez-les à la LRAO qui les a imprimés, ou imprimez une demande à vous.
defect-request-already-received = La demande est déjà en cours de traitement.
advice-request-already-received = Ne faites rien. Une correction exige une nouvelle demande.
defect-data-unread = Le grand code qui contient les données est illisible.
advice-data-unread = Scannez la première page encore une fois, droite et sans rien sur le grand code.
defect-file-too-large = Un fichier est plus volumineux que tout scan.
advice-file-too-large = Scannez à 200–300 dpi et n’envoyez que les pages de cette demande.
defect-file-kind = Un fichier est d’un genre qui n’est pas lu ici.
advice-file-kind = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-file-broken = Un fichier est endommagé.
advice-file-broken = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-file-encrypted = Un fichier est protégé par un mot de passe.
advice-file-encrypted = Envoyez le fichier sans mot de passe ; l’e-mail lui-même peut être chiffré.
defect-file-empty = Un fichier ne contient aucune page.
advice-file-empty = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-file-too-many-pages = Un fichier a trop de pages.
advice-file-too-many-pages = Scannez à 200–300 dpi et n’envoyez que les pages de cette demande.
defect-page-too-large = Une page est plus grande que tout papier.
advice-page-too-large = Scannez à 200–300 dpi et n’envoyez que les pages de cette demande.
defect-page-broken = L’image d’une page est endommagée.
advice-page-broken = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-page-not-drawn = Une page n’a pas pu être représentée.
advice-page-not-drawn = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-page-crowded = Une page porte plus de codes qu’un document n’en a.
advice-page-crowded = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-page-unread = Une page imprimée ne nomme aucune demande.
advice-page-unread = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-codes-disagree = Les codes d’une page ne disent pas la même chose.
advice-codes-disagree = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-code-out-of-place = Un code ne se trouve pas là où il a été imprimé.
advice-code-out-of-place = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-layout-unknown = Les documents ont une mise en page inconnue ici.
advice-layout-unknown = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-not-registered = La position d’une feuille dans le scan est incertaine.
advice-not-registered = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-line-unread = La ligne imprimée d’une page est illisible.
advice-line-unread = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-line-disagrees = La ligne imprimée dit autre chose que les codes.
advice-line-disagrees = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-data-disagrees = Le grand code dit autre chose que les pages.
advice-data-disagrees = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-pages-disagree = Les pages d’une demande se contredisent.
advice-pages-disagree = Imprimez les documents à nouveau, faites-les signer et envoyez ceux-ci.
defect-mark-unsure = On ne peut dire avec certitude si une signature est présente.
advice-mark-unsure = Scannez les documents encore une fois en PDF, à 200–300 dpi.
defect-forwarded = L’e-mail n’est pas signé ; il porte un autre e-mail, signé, en pièce jointe.
advice-forwarded = Envoyez votre propre e-mail, signé avec votre carte, au lieu d’en transmettre un autre.
defect-resent = Une autre boîte a réexpédié l’e-mail.
advice-resent = Envoyez l’e-mail directement au service depuis votre propre boîte.
defect-protected-header-mismatch = Un champ d’en-tête n’est pas celui qui a été signé avec le contenu.
advice-protected-header-mismatch = Envoyez l’e-mail directement, sans liste ni passerelle qui en modifie l’en-tête.
defect-signing-time-off = L’e-mail a été signé longtemps avant son arrivée, ou après celle-ci.
advice-signing-time-off = Mettez à l’heure l’horloge de votre ordinateur, signez l’e-mail à nouveau et envoyez-le.
defect-date-off = La date de l’e-mail est loin de son arrivée ou de sa signature, ou illisible.
advice-date-off = Mettez à l’heure l’horloge de votre ordinateur et envoyez l’e-mail à nouveau.
defect-attachment-damaged = Un fichier joint est endommagé.
advice-attachment-damaged = Joignez le fichier encore une fois, en PDF sans rien autour.
defect-attachment-encrypted = Un fichier joint exige un mot de passe ou une clé.
advice-attachment-encrypted = Joignez le fichier sans mot de passe ni chiffrement propre ; chiffrez tout l’e-mail.
defect-attachment-too-large = Un fichier joint est trop volumineux, compressé ou non.
advice-attachment-too-large = Scannez à 300 dpi, ou envoyez moins de pages par e-mail.
defect-attachment-too-deep = Un fichier se trouve plus profondément dans des archives ou des e-mails qu’on ne cherche.
advice-attachment-too-deep = Joignez le scan lui-même, et non un e-mail ou une archive qui le contient.
defect-attachment-too-many = L’e-mail contient trop de fichiers.
advice-attachment-too-many = Envoyez moins de fichiers par e-mail.
defect-attachment-unsupported = Un fichier se trouve dans une archive qui n’est pas ouverte.
advice-attachment-unsupported = Extrayez les fichiers et joignez-les un par un.
defect-attachment-elsewhere = Seul un renvoi à un fichier est arrivé.
advice-attachment-elsewhere = Joignez le fichier lui-même, ni un renvoi ni une partie de celui-ci.
defect-attachment-suspicious = Une archive est faite de telle sorte que les programmes l’extraient différemment.
advice-attachment-suspicious = Extrayez les fichiers et joignez-les un par un.
defect-attachment-heic = Une image est au format HEIC, qui n’est pas lu ici.
advice-attachment-heic = Scannez les documents en PDF, ou enregistrez l’image en JPEG.
defect-more-reasons = Il y a d’autres raisons, qui ne figurent pas ici.
advice-more-reasons = Corrigez d’abord ce qui figure ici.
defect-document-unread = La zone lisible par machine de la pièce copiée est illisible.
advice-document-unread = Copiez la pièce encore une fois, droite, complète et sans reflet, et scannez la page à nouveau.

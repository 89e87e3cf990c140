# Les assistants au poste de travail à deux lecteurs.
wizard-title = Desceller le token : ouvrir votre carte
wizard-welcome = Sont présents : la ou le titulaire de la carte et, pour l’aide, { $helper }.
wizard-compare = Personne d’aide : la pièce d’identité montre-t-elle la même personne ? Tapez { $yes } et appuyez sur la touche Entrée.
wizard-yes = oui
wizard-not-compared = Sans cette confirmation, l’opération ne continue pas. Ce qui est fait reste fait ; recommencez quand tout est juste.
wizard-ended = La saisie est terminée. Lancez la même commande encore une fois : elle reprend où elle s’est arrêtée.
wizard-present = [Entrée : { $value }]
wizard-card-pin = PIN de la carte de { $officer }. Il ne s’affiche pas.
wizard-card-pin-wrong = Ce PIN est faux. Essais avant le blocage de la carte : { $left }.
wizard-card-pad = Tapez le PIN de la carte de { $officer } sur les touches du lecteur de cartes et validez-le là.
wizard-card-pad-length = Le PIN avait trop peu ou trop de chiffres. Cela ne compte pas comme essai.
wizard-card-pad-late = Personne n’a tapé à temps sur le lecteur de cartes.
wizard-key-password = Mot de passe du fichier de clé de { $officer }. Il ne s’affiche pas.
wizard-key-password-wrong = Ce mot de passe est faux.
wizard-own-card = { $why } Tapez { $yes } quand elle est insérée.
wizard-insert = Insérez la carte scellée dans le deuxième lecteur.
wizard-insert-one = Il y a plus d’une carte scellée dans les lecteurs : n’en laissez qu’une.
wizard-no-reader = Aucun lecteur de cartes ne répond : branchez-le.
wizard-found = Carte { $serial } trouvée.
wizard-number =
    { $step } sur { $of }. L’eTicket sur votre lettre : quatre groupes de cinq caractères.
    Majuscules ou minuscules, peu importe. Puis la touche Entrée.
wizard-number-length = Un eTicket a 20 caractères, celui-ci en a { $got }. Comparez-le avec la lettre. Cela ne compte pas comme un essai.
wizard-number-group = Il y a une erreur dans le groupe { $group }. Comparez-le avec la lettre. Cela ne compte pas comme un essai.
wizard-number-order = Les groupes ne sont pas dans le bon ordre. Comparez-les avec la lettre. Cela ne compte pas comme un essai.
wizard-wrong-ticket = Ce n’est pas l’eTicket de cette carte. Prenez la lettre la plus récente. Essais restants : { $left }.
wizard-pin =
    { $step } sur { $of }. Choisissez un PIN de { $least } à { $most } chiffres.
    Ce que vous tapez ne se voit pas, pas même sous forme de points. Vous seul·e devez connaître le PIN.
wizard-pin-letters =
    { $step } sur { $of }. Choisissez un PIN de { $least } à { $most } caractères : lettres sans accent, chiffres, ponctuation.
    Ce que vous tapez ne se voit pas, pas même sous forme de points. Vous seul·e devez connaître le PIN.
wizard-pin-again = Le même PIN encore une fois.
wizard-pin-differs = Les deux ne sont pas identiques. Choisissez-le de nouveau.
wizard-pin-length = Un PIN a de { $least } à { $most } chiffres et aucun autre caractère.
wizard-pin-length-letters = Un PIN a de { $least } à { $most } lettres, chiffres ou signes de ponctuation, sans espace ni accent.
wizard-pin-trivial = Ce PIN est le premier qu’un voleur essaie. Choisissez-en un autre.
wizard-question =
    { $step } sur { $of }. Écrivez une question à laquelle vous seul·e pouvez répondre.
    Elle sert à faire révoquer la carte par téléphone si vous la perdez. Par exemple : comment s’appelait mon premier animal ?
wizard-answer = { $step } sur { $of }. Votre réponse à cette question. Elle non plus ne se voit pas quand vous la tapez.
wizard-answer-again = La même réponse encore une fois.
wizard-answer-differs = Les deux ne sont pas identiques. Saisissez la réponse de nouveau.
wizard-answer-short = Cette réponse est trop courte : il faut au moins quatre lettres ou chiffres.
wizard-empty = Veuillez saisir quelque chose.
wizard-working = La carte s’ouvre. Laissez-la dans le lecteur.
wizard-done = Carte prête : elle est maintenant à vous. Vous pouvez la retirer.
wizard-done-letter = La lettre ne sert plus : détruisez-la.
wizard-pulled = La carte a été interrompue. Remettez-la dans le lecteur ; l’opération reprend où elle s’est arrêtée.
wizard-stopped = L’opération ne continue pas ici. Gardez la carte et la lettre ; la personne à côté de vous lit ce qui s’est passé :

# Le guichet : quelqu’un se présente.
wizard-walk-title = Délivrer une carte au guichet
wizard-walk-welcome =
    LRAO { $lrao } : vous identifiez la personne, faites signer les documents, décidez et délivrez. Ensuite la personne ouvre sa carte elle-même.
    Il n’y a ni lettre ni numéro. Une interruption ne fait rien perdre : la même commande reprend où elle s’est arrêtée.
wizard-walk-open = Cette carte est ouverte ; il n’y a plus rien à faire.
wizard-walk-zone-title = La pièce d’identité
wizard-walk-zone =
    Saisissez ou lisez la zone lisible par machine : deux lignes au bas de la page de données du passeport, trois lignes au dos de la carte d’identité. Le caractère de remplissage est <.
    Laissez vide pour la faire lire sur la copie de la demande.
wizard-walk-zone-typed = Saisissez la zone lisible par machine de la pièce d’identité. Le caractère de remplissage est <.
wizard-walk-zone-line = Ligne { $line } :
wizard-walk-zone-form = Une zone a deux lignes de 44 ou 36 caractères, ou trois de 30. Commencez par la première.
wizard-walk-zone-length = La ligne { $line } a { $got } caractères au lieu de { $wanted }. Comparez-la avec la pièce d’identité.
wizard-walk-zone-character = À la ligne { $line }, le caractère à la place { $at } ne peut pas être juste. Comparez-le avec la pièce d’identité.
wizard-walk-zone-number = Le numéro de la pièce et son chiffre de contrôle ne concordent pas. Comparez-les avec la pièce d’identité.
wizard-walk-zone-birth = La date de naissance et son chiffre de contrôle ne concordent pas. Comparez-les avec la pièce d’identité.
wizard-walk-zone-expiry = La date d’expiration et son chiffre de contrôle ne concordent pas. Comparez-les avec la pièce d’identité.
wizard-walk-zone-whole = Le dernier chiffre de contrôle ne concorde pas avec le reste. Comparez toutes les lignes avec la pièce d’identité.
wizard-walk-zone-unread = La zone lisible par machine n’est pas lisible sur la copie.
wizard-walk-seen =
    { $given } { $family }, né·e le { $birth }
    { $issuer } { $number }, valable jusqu’au { $expiry }
wizard-walk-compare = La pièce montre-t-elle la personne devant vous, et est-elle authentique ? Tapez { $yes }.
wizard-walk-data-title = Les données
wizard-walk-language = Langue de la personne (pour les documents et le PIN) :
wizard-walk-data = Écrivez les noms comme ils figurent en écriture normale dans la pièce d’identité.
wizard-walk-person-family-name = Nom
wizard-walk-person-given-names = Prénoms
wizard-walk-person-birth-date = Date de naissance (31.1.1990)
wizard-walk-person-nationality = Nationalité (trois lettres, CHE pour la Suisse)
wizard-walk-travel-document-kind = Genre de pièce : 1 passeport, 2 carte d’identité
wizard-walk-travel-document-issuer = État émetteur (trois lettres)
wizard-walk-travel-document-number = Numéro de la pièce
wizard-walk-travel-document-expiry = Valable jusqu’au (31.1.2030)
wizard-walk-mail = Adresse électronique professionnelle
wizard-walk-organisation-name = Organisation
wizard-walk-organisation-unit = Unité (peut rester vide)
wizard-walk-address-street = Adresse privée : rue
wizard-walk-address-house-number = Numéro (peut rester vide)
wizard-walk-address-postcode = Numéro postal
wizard-walk-address-town = Localité
wizard-walk-address-country = Pays (deux lettres)
wizard-walk-field-wrong = Pas encore juste : { $problem }
wizard-walk-again = Ce n’est pas compréhensible. Veuillez le saisir de nouveau.
wizard-walk-papers-title = Les documents
wizard-walk-papers =
    Imprimez { $file }
    1. Copiez la pièce d’identité à sa place sur la première page.
    2. Vous signez dans le champ du LRAO ; la personne signe la demande, le reçu et la convention.
    3. Numérisez toutes les pages.
wizard-walk-scan = Où est le fichier numérisé ? Séparez plusieurs fichiers par ;
wizard-walk-refused = { $why }
wizard-walk-reading = Le fichier est lu et contrôlé.
wizard-walk-decide-title = La décision
wizard-walk-checks = { $good } contrôles sont réussis.
wizard-walk-look =
    Regardez sur le papier : { $check }
    { $compared }
    Est-ce juste ? Tapez { $yes }.
wizard-walk-look-codes-agree = Les lignes imprimées nomment-elles la même carte ?
wizard-walk-look-print-agrees = Les données imprimées sont-elles inchangées et lisibles ?
wizard-walk-look-document-copied = La pièce d’identité est-elle copiée à sa place ?
wizard-walk-look-document-read = Le genre, le numéro et l’expiration sont-ils ceux de la pièce ?
wizard-walk-look-name-agrees = Le nom et la date de naissance concordent-ils avec la pièce ?
wizard-walk-look-rio-signed = Avez-vous signé dans le champ du LRAO ?
wizard-walk-look-holder-signed = La personne a-t-elle signé la demande ?
wizard-walk-look-receipt-signed = La personne a-t-elle signé le reçu ?
wizard-walk-look-agreement-signed = La personne a-t-elle signé la convention ?
wizard-walk-not-good = Alors rien n’est délivré. Refusez (siegelpost review reject { $request } --reason …) et recommencez.
wizard-walk-approve = Carte { $serial } pour { $name } : vous approuvez par votre signature. Tapez { $yes }.
wizard-walk-second = Ici, une deuxième personne décide : siegelpost --as NAME review approve { $request }. Ensuite siegelpost walk-in reprend.
wizard-walk-issued = Trois certificats sont délivrés.
wizard-walk-holder-title = Maintenant la personne elle-même
wizard-walk-holder = Prenez place au clavier ; personne ne regarde.

# L’assistant au poste de travail à deux lecteurs.
wizard-welcome =
    Ouvrir une carte
    Sont présents : la ou le titulaire de la carte et, pour l’aide, { $helper }.
wizard-compare = Personne d’aide : la pièce d’identité montre-t-elle la même personne ? Tapez { $yes } et appuyez sur la touche Entrée :
wizard-yes = oui
wizard-not-compared = Sans cette confirmation, l’opération ne continue pas. Rien n’a été modifié.
wizard-insert = Insérez la carte scellée dans le deuxième lecteur.
wizard-insert-one = Il y a plus d’une carte scellée dans les lecteurs : n’en laissez qu’une.
wizard-no-reader = Aucun lecteur de cartes ne répond : branchez-le.
wizard-found = Carte { $serial } trouvée.
wizard-number = Le numéro sur votre lettre (quatre groupes) :
wizard-number-length = Le numéro a 20 caractères, celui-ci en a { $got }. Comparez-le avec la lettre. Cela ne compte pas comme un essai.
wizard-number-group = Il y a une erreur dans le groupe { $group }. Comparez-le avec la lettre. Cela ne compte pas comme un essai.
wizard-number-order = Les groupes ne sont pas dans le bon ordre. Comparez-les avec la lettre. Cela ne compte pas comme un essai.
wizard-pin = Choisissez un NIP de { $least } à 8 chiffres (il ne s’affiche pas) :
wizard-pin-again = Le même NIP encore une fois :
wizard-pin-differs = Les deux ne sont pas identiques. Choisissez-le de nouveau.
wizard-pin-length = Un NIP a de { $least } à 8 chiffres et aucun autre caractère.
wizard-pin-trivial = Ce NIP est le premier qu’un voleur essaie. Choisissez-en un autre.
wizard-question = Une question à laquelle vous seul·e pouvez répondre (pour faire révoquer la carte par téléphone) :
wizard-answer = Votre réponse (elle ne s’affiche pas) :
wizard-answer-again = La même réponse encore une fois :
wizard-answer-differs = Les deux ne sont pas identiques. Saisissez la réponse de nouveau.
wizard-empty = Veuillez saisir quelque chose.
wizard-working = La carte s’ouvre. Laissez-la dans le lecteur.
wizard-done = La carte est ouverte : elle est maintenant à vous. Vous pouvez la retirer.
wizard-pulled = La carte a été interrompue. Remettez-la dans le lecteur ; l’opération reprend où elle s’est arrêtée.

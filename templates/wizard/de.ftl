# Der Assistent am Arbeitsplatz mit zwei Lesern.
wizard-welcome =
    Karte öffnen
    Anwesend: Inhaberin oder Inhaber der Karte, und als Helferperson { $helper }.
wizard-compare = Helferperson: Zeigt der Ausweis dieselbe Person? Tippen Sie { $yes } und drücken Sie die Eingabetaste:
wizard-yes = ja
wizard-not-compared = Ohne diese Bestätigung geht es nicht weiter. Es wurde nichts geändert.
wizard-insert = Stecken Sie die versiegelte Karte in den zweiten Leser.
wizard-insert-one = Mehr als eine versiegelte Karte steckt in den Lesern: Lassen Sie nur eine.
wizard-no-reader = Kein Kartenleser antwortet: Schliessen Sie ihn an.
wizard-found = Karte { $serial } gefunden.
wizard-number = Nummer auf Ihrem Brief (vier Gruppen):
wizard-number-length = Die Nummer hat 20 Zeichen, diese hat { $got }. Vergleichen Sie sie mit dem Brief. Es zählt nicht als Versuch.
wizard-number-group = In Gruppe { $group } stimmt etwas nicht. Vergleichen Sie sie mit dem Brief. Es zählt nicht als Versuch.
wizard-number-order = Die Gruppen stehen in der falschen Reihenfolge. Vergleichen Sie sie mit dem Brief. Es zählt nicht als Versuch.
wizard-pin = Wählen Sie eine PIN von { $least } bis 8 Ziffern (sie wird nicht angezeigt):
wizard-pin-again = Dieselbe PIN noch einmal:
wizard-pin-differs = Die beiden sind verschieden. Wählen Sie neu.
wizard-pin-length = Eine PIN hat { $least } bis 8 Ziffern und sonst keine Zeichen.
wizard-pin-trivial = Diese PIN probiert ein Dieb als Erstes. Wählen Sie eine andere.
wizard-question = Eine Frage, die nur Sie beantworten können (um die Karte am Telefon sperren zu lassen):
wizard-answer = Ihre Antwort (sie wird nicht angezeigt):
wizard-answer-again = Dieselbe Antwort noch einmal:
wizard-answer-differs = Die beiden sind verschieden. Geben Sie die Antwort neu ein.
wizard-empty = Bitte geben Sie etwas ein.
wizard-working = Die Karte wird geöffnet. Lassen Sie sie stecken.
wizard-done = Die Karte ist offen: Sie gehört jetzt Ihnen. Sie können sie herausnehmen.
wizard-pulled = Die Karte wurde unterbrochen. Stecken Sie sie wieder in den Leser; es geht weiter, wo es aufhörte.

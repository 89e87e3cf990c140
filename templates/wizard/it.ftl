# L’assistente alla postazione con due lettori.
wizard-welcome =
    Aprire una carta
    Presenti: la o il titolare della carta e, come persona di aiuto, { $helper }.
wizard-compare = Persona di aiuto: il documento mostra la stessa persona? Digiti { $yes } e prema Invio:
wizard-yes = sì
wizard-not-compared = Senza questa conferma non si prosegue. Non è stato modificato nulla.
wizard-insert = Inserisca la carta sigillata nel secondo lettore.
wizard-insert-one = Nei lettori c’è più di una carta sigillata: ne lasci solo una.
wizard-no-reader = Nessun lettore di carte risponde: lo colleghi.
wizard-found = Trovata la carta { $serial }.
wizard-number = Il numero sulla Sua lettera (quattro gruppi):
wizard-number-length = Il numero ha 20 caratteri, questo ne ha { $got }. Lo confronti con la lettera. Non conta come tentativo.
wizard-number-group = C’è un errore nel gruppo { $group }. Lo confronti con la lettera. Non conta come tentativo.
wizard-number-order = I gruppi non sono nell’ordine giusto. Li confronti con la lettera. Non conta come tentativo.
wizard-pin = Scelga un PIN da { $least } a 8 cifre (non viene mostrato):
wizard-pin-again = Lo stesso PIN ancora una volta:
wizard-pin-differs = I due sono diversi. Lo scelga di nuovo.
wizard-pin-length = Un PIN ha da { $least } a 8 cifre e nessun altro carattere.
wizard-pin-trivial = Questo PIN è il primo che un ladro prova. Ne scelga un altro.
wizard-question = Una domanda a cui solo Lei sa rispondere (per far revocare la carta per telefono):
wizard-answer = La Sua risposta (non viene mostrata):
wizard-answer-again = La stessa risposta ancora una volta:
wizard-answer-differs = Le due sono diverse. Digiti di nuovo la risposta.
wizard-empty = Digiti qualcosa, per favore.
wizard-working = La carta viene aperta. La lasci nel lettore.
wizard-done = La carta è aperta: ora è Sua. Può estrarla.
wizard-pulled = La carta è stata interrotta. La inserisca di nuovo nel lettore; si riprende da dove si era fermati.

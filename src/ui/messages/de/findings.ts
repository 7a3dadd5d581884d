import type { DiagnosticsMessages } from '../catalogue.ts';

/** Was die Diagnose finden kann: was es bedeutet, und was zu tun ist. */
export const findings: DiagnosticsMessages['findings'] = {
  // Browser und Seite.
  'insecure-context': {
    title: 'Diese Seite wurde nicht sicher geladen',
    text: 'Browser geben USB nur Seiten, die über https:// oder von diesem Computer selbst kommen. Öffnen Sie die Seite mit https:// am Anfang der Adresse.',
  },
  'no-webusb': {
    title: 'Dieser Browser erreicht keine USB-Kartenleser',
    text: 'Er hat kein WebUSB. Öffnen Sie die Seite in Chrome, Edge oder einem anderen Chromium-Browser auf einem Computer.',
  },
  'usb-forbidden-by-policy': {
    title: 'USB ist für diese Seite abgeschaltet',
    text: 'Die Seite, oder die Seite um sie herum, erlaubt kein USB. Der Betreiber muss es im Kopf Permissions-Policy und im Rahmen erlauben.',
  },
  'no-web-crypto': {
    title: 'Der Browser bietet keine Kryptografie',
    text: 'Zertifikate lassen sich anzeigen, aber nicht prüfen. Ein anderer Browser hilft.',
  },
  'web-assembly-forbidden': {
    title: 'Die Seite erlaubt kein WebAssembly',
    text: 'Manche RSA-Vorgänge brauchen es. Der Betreiber der Seite muss wasm-unsafe-eval in ihre Content-Security-Policy aufnehmen.',
  },
  'system-untested': {
    title: 'Auf diesem Betriebssystem nicht getestet',
    text: 'Mit echten Browsern testen wir nur unter Linux. Unter Windows braucht der Leser den Treiber WinUSB, bevor eine Seite ihn öffnen kann.',
  },
  'no-reader': {
    title: 'Für diese Seite ist kein Kartenleser freigegeben',
    text: 'Ein Browser zeigt einer Seite nur die Leser, die ihr jemand freigegeben hat. Schließen Sie den Leser an und geben Sie ihn frei.',
  },

  // Kartenleser.
  'reader-protected-class': {
    title: 'Der Browser hält diesen Kartenleser von Webseiten fern',
    text: 'Er ist ein Standard-Kartenleser (USB-Klasse 0B), und die gibt Chromium nur Isolated Web Apps. Leser und Karte sind in Ordnung; die Auswege stehen beim Leser.',
  },
  'reader-in-use': {
    title: 'Ein anderes Programm hält den Kartenleser',
    text: 'Meist ist es der Smartcard-Dienst des Systems, GnuPG oder ein anderer Tab dieser Seite. Schließen Sie es und untersuchen Sie noch einmal.',
  },
  'reader-open-refused': {
    title: 'Das System lässt den Browser nicht an den Kartenleser',
    text: 'Ihrem Konto fehlt womöglich das Recht auf das Gerät, oder ein Treiber des Systems sitzt darauf. Die Auswege stehen beim Leser.',
  },
  'reader-not-ccid': {
    title: 'Dieses Gerät ist kein Kartenleser, den wir ansteuern können',
    text: 'Es hat keine CCID-Schnittstelle, also nicht den Standard, den Kartenleser über USB sprechen, oder es beschreibt sie falsch. Versuchen Sie es mit einem anderen Leser.',
  },
  'reader-unplugged': {
    title: 'Der Kartenleser wurde abgezogen',
    text: 'Stecken Sie ihn wieder an und untersuchen Sie noch einmal.',
  },
  'reader-unreachable': {
    title: 'Der Kartenleser ließ sich nicht öffnen',
    text: 'Der Browser hat abgelehnt und keinen Grund genannt, den wir kennen. Ziehen Sie den Leser ab, stecken Sie ihn wieder an und senden Sie einen Bericht, wenn das nicht hilft.',
  },
  'reader-description-failed': {
    title: 'Der Kartenleser beschreibt sich nicht',
    text: 'Sein Deskriptor ließ sich nicht lesen. Ziehen Sie ihn ab und stecken Sie ihn wieder an.',
  },
  'reader-test-failed': {
    title: 'Der Test des Kartenlesers endete vorzeitig',
    text: 'Was misslungen ist und was Sie tun können, steht bei den Ergebnissen des Tests.',
  },
  'reader-simulated': {
    title: 'Diesen Kartenleser gibt es nur als Programm',
    text: 'Seine Karte rechnet wirklich, aber ohne Hardware: gut zum Ausprobieren, als Schutz wertlos.',
  },
  'reader-quirk': {
    title: 'Der Kartenleser wird besonders behandelt',
    text: 'Dieses Modell braucht bekanntlich etwas über den Standard hinaus, und es bekommt das. Zu tun ist nichts.',
  },

  // Kartenschächte.
  'no-card': { title: 'Es ist keine Karte da', text: 'Stecken Sie eine Karte ein und testen Sie noch einmal.' },
  'card-mute': {
    title: 'Die Karte antwortet nicht',
    text: 'Steckt sie richtig herum? Drehen Sie sie, wischen Sie den Chip mit einem trockenen Tuch ab, oder versuchen Sie es mit einer anderen Karte.',
  },
  'card-removed': {
    title: 'Die Karte wurde während des Tests herausgenommen',
    text: 'Stecken Sie sie ein und testen Sie noch einmal.',
  },
  'card-test-failed': {
    title: 'Die Karte ließ sich nicht bis zum Ende lesen',
    text: 'Was misslungen ist und was Sie tun können, steht bei den Ergebnissen des Tests. Was vorher gelesen wurde, ist zu sehen.',
  },
  'card-unknown': {
    title: 'Auf der Karte ist keine Anwendung, die wir kennen',
    text: 'Die Karte funktioniert, aber sie ist keine PIV-Karte. Worauf sie sonst geantwortet hat, zeigt die Liste der Anwendungen.',
  },

  // Answer to Reset.
  'atr-malformed': {
    title: 'Der Answer to Reset (ATR) ergibt keinen Sinn',
    text: 'Die Karte oder ihre Kontakte sind womöglich beschädigt. Reinigen Sie sie und versuchen Sie es noch einmal, oder nehmen Sie einen anderen Leser.',
  },
  'atr-check-byte': {
    title: 'Das Prüfbyte des Answer to Reset (ATR) ist falsch oder fehlt',
    text: 'Manche Karten werden so ausgeliefert und funktionieren trotzdem. Versagt die Karte auch anderswo, reinigen Sie ihre Kontakte.',
  },
  'atr-length': {
    title: 'Der Answer to Reset (ATR) ist länger oder kürzer, als er angibt',
    text: 'Manche Karten werden so ausgeliefert und funktionieren trotzdem. Versagt die Karte auch anderswo, reinigen Sie ihre Kontakte.',
  },

  // PIN, PUK, Verwaltungsschlüssel.
  'default-pin': {
    title: 'Die PIN ist noch der Wert ab Werk',
    text: 'Wer die Karte findet, kann sie verwenden. Wählen Sie eine eigene PIN, bevor Sie ein Zertifikat holen.',
  },
  'default-puk': {
    title: 'Die PUK ist noch der Wert ab Werk',
    text: 'Wer die Karte findet, kann eine neue PIN setzen. Wählen Sie eine eigene PUK und verwahren Sie sie sicher.',
  },
  'default-management-key': {
    title: 'Der Verwaltungsschlüssel ist noch der Wert ab Werk',
    text: 'Wer die Karte in einem Leser hat, kann ihre Schlüssel überschreiben. Der Herausgeber, oder Sie mit einem Kartenwerkzeug, sollte einen eigenen setzen.',
  },
  'blocked-pin': {
    title: 'Die PIN ist gesperrt',
    text: 'Sie wurde zu oft falsch eingegeben. Die PUK entsperrt sie und setzt eine neue PIN; Schlüssel und Zertifikate bleiben.',
  },
  'blocked-global-pin': {
    title: 'Die PIN der ganzen Karte ist gesperrt',
    text: 'Sie wurde zu oft falsch eingegeben. Sie gilt für alle Anwendungen dieser Karte, deshalb entsperrt die PUK sie nicht. Fragen Sie den Herausgeber; Schlüssel und Zertifikate bleiben.',
  },
  'blocked-puk': {
    title: 'Die PUK ist gesperrt',
    text: 'Eine gesperrte PIN lässt sich dann nicht mehr entsperren. Fragen Sie den Herausgeber; manche Karten lassen sich zurücksetzen, was alle Schlüssel vernichtet.',
  },
  'last-pin-try': {
    title: 'Für die PIN ist noch ein Versuch übrig',
    text: 'Noch eine falsche PIN sperrt sie. Geben Sie sie nur ein, wenn Sie sicher sind; eine richtige gibt alle Versuche zurück.',
  },
  'last-puk-try': {
    title: 'Für die PUK ist noch ein Versuch übrig',
    text: 'Noch eine falsche PUK sperrt sie endgültig. Fragen Sie den Herausgeber, bevor Sie es noch einmal versuchen.',
  },
  'management-key-derived': {
    title: 'Der Verwaltungsschlüssel ist aus der PIN abgeleitet',
    text: 'Ein altes Verfahren, das den Schlüssel nicht stärker macht als die PIN; eine mit der PUK gesetzte PIN ändert ihn nicht. Setzen Sie mit einem Kartenwerkzeug einen neuen Verwaltungsschlüssel.',
  },
  'management-key-data-conflict': {
    title: 'Die Karte widerspricht sich über ihren Verwaltungsschlüssel',
    text: 'Was sie über einen Schlüssel hinter der PIN oder einen aus der PIN abgeleiteten vermerkt, stimmt nicht. Wer die Karte verwaltet, kann den Vermerk berichtigen oder einen neuen Schlüssel setzen.',
  },

  // Was die Karte über sich sagt.
  'missing-chuid': {
    title: 'Die Karte hat noch keine Identität (CHUID)',
    text: 'Windows und andere erkennen so eine Karte nicht. Wenn Sie ein Zertifikat holen, wird eine geschrieben.',
  },
  'malformed-chuid': {
    title: 'Die Identität der Karte (CHUID) ist nicht lesbar',
    text: 'Andere Programme lehnen die Karte womöglich ab. Der Herausgeber kann eine neue schreiben.',
  },
  'chuid-expired': {
    title: 'Die Identität der Karte (CHUID) ist abgelaufen',
    text: 'Türen und Dienste, die sie prüfen, werden die Karte ablehnen. Fragen Sie den Herausgeber.',
  },
  'chuid-unsigned': {
    title: 'Die Identität der Karte (CHUID) ist nicht signiert',
    text: 'Das ist üblich bei Karten, die ihr Inhaber selbst eingerichtet hat. Behördenkarten tragen eine Signatur ihres Herausgebers.',
  },
  'chuid-signature-wrong': {
    title: 'Die Signatur der Kartenidentität (CHUID) ist falsch',
    text: 'Die Identität wurde nach der Ausgabe geändert. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'chuid-signature-unchecked': {
    title: 'Die Signatur der Kartenidentität (CHUID) wurde nicht geprüft',
    text: 'Ihre Art, oder das Zertifikat des Signierenden, können wir nicht prüfen. Das allein ist kein Fehler.',
  },
  'chuid-signer-expired': {
    title: 'Das Zertifikat, mit dem die CHUID signiert wurde, ist abgelaufen',
    text: 'Dienste, die die Signatur prüfen, lehnen die Karte womöglich ab. Fragen Sie den Herausgeber.',
  },
  'chuid-signer-purpose': {
    title: 'Die CHUID wurde mit einem dafür nicht bestimmten Zertifikat signiert',
    text: 'Das Zertifikat des Signierenden ist nicht für das Signieren von Karteninhalten gemacht. Fragen Sie den Herausgeber.',
  },
  'signer-name-missing': {
    title: 'Eine Signatur auf der Karte nennt nicht, wer signiert hat',
    text: 'Der Standard verlangt diesen Namen unter der Signatur. Dienste, die ihn prüfen, lehnen die Karte womöglich ab. Fragen Sie den Herausgeber.',
  },
  'signer-name-mismatch': {
    title: 'Eine Signatur auf der Karte nennt einen anderen Namen als ihr Zertifikat',
    text: 'Die Signatur stimmt, aber der Name darunter ist nicht der im Zertifikat, mit dem sie gemacht wurde. Fragen Sie den Herausgeber.',
  },
  'malformed-fasc-n': {
    title: 'Die Kartennummer für Behörden (FASC-N) ergibt keinen Sinn',
    text: 'Türsysteme, die sie lesen, werden die Karte ablehnen. Andere Verwendungen sind nicht betroffen.',
  },
  'missing-ccc': {
    title: 'Die Karte nennt ihre Fähigkeiten nicht (CCC)',
    text: 'Einige ältere Programme fragen nach dieser Liste. Wenn Sie ein Zertifikat holen, wird eine geschrieben.',
  },
  'malformed-ccc': {
    title: 'Die Liste der Fähigkeiten (CCC) ist nicht lesbar',
    text: 'Einige ältere Programme lehnen die Karte womöglich ab. Der Herausgeber kann eine neue schreiben.',
  },
  'ccc-data-model': {
    title: 'Die Liste der Fähigkeiten (CCC) nennt ein anderes Datenmodell',
    text: 'Sie sagt nicht, dass dies eine PIV-Karte ist. Einige ältere Programme suchen womöglich anderswo.',
  },
  'malformed-object': {
    title: 'Ein Datenobjekt ist nicht lesbar',
    text: 'Was darin steht, folgt nicht dem Standard. Der Herausgeber der Karte kann es neu schreiben.',
  },

  // Sicherheitsobjekt.
  'malformed-security-object': {
    title: 'Das Sicherheitsobjekt ist nicht lesbar',
    text: 'Die Karte kann dann nicht zeigen, dass ihre Daten zusammengehören. Geben Sie sie dem Herausgeber zurück.',
  },
  'security-object-signature-wrong': {
    title: 'Die Signatur des Sicherheitsobjekts ist falsch',
    text: 'Die Daten auf der Karte wurden nach der Ausgabe geändert. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'security-object-unchecked': {
    title: 'Das Sicherheitsobjekt wurde nicht geprüft',
    text: 'Seine Art, oder das Zertifikat des Signierenden, können wir nicht prüfen. Das allein ist kein Fehler.',
  },
  'security-object-hash-mismatch': {
    title: 'Ein Datenobjekt ist nicht das ausgegebene',
    text: 'Es weicht von dem ab, was das signierte Sicherheitsobjekt sagt. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'security-object-names-absent': {
    title: 'Das Sicherheitsobjekt nennt Daten, die nicht auf der Karte sind',
    text: 'Nach der Ausgabe der Karte wurde etwas entfernt. Fragen Sie den Herausgeber.',
  },
  'security-object-group-unclaimed': {
    title: 'Die signierte Liste auf der Karte wurde von ihren Daten getrennt',
    text: 'Das Sicherheitsobjekt enthält einen signierten Prüfwert, den es keinen Daten zuordnet; eine Änderung dieser Daten fiele nicht auf. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'security-object-container-unknown': {
    title: 'Das Sicherheitsobjekt nennt Daten, die keine PIV-Karte hat',
    text: 'Ein signierter Prüfwert ist ihnen zugeordnet und wird so mit nichts verglichen. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'security-object-omits-printed': {
    title: 'Die aufgedruckten Angaben fehlen im Sicherheitsobjekt',
    text: 'Der Standard verlangt sie dort, weil sonst nichts für sie bürgt. Vielleicht wurden sie geändert oder später auf die Karte geschrieben. Fragen Sie den Herausgeber.',
  },
  'security-object-omits-object': {
    title: 'Das Sicherheitsobjekt umfasst ein Datenobjekt nicht',
    text: 'Viele Herausgeber lassen einige weg. Ob diese Daten noch so sind wie bei der Ausgabe, sagt es dann nicht.',
  },
  'missing-security-object': {
    title: 'Die Karte hat kein Sicherheitsobjekt',
    text: 'Auf der Karte stehen signierte Daten ohne die Liste, die sie zusammenhält. Fragen Sie den Herausgeber.',
  },

  // Schlüssel und Zertifikate.
  'malformed-certificate': {
    title: 'Ein Zertifikat ist nicht lesbar',
    text: 'Was in diesem Slot gespeichert ist, ist kein Zertifikat. Speichern Sie das richtige, oder holen Sie ein neues.',
  },
  'certificate-expired': {
    title: 'Ein Zertifikat ist abgelaufen',
    text: 'Dienste werden es ablehnen. Holen Sie ein neues; behalten Sie alte Schlüssel zum Entschlüsseln.',
  },
  'certificate-not-yet-valid': {
    title: 'Ein Zertifikat ist noch nicht gültig',
    text: 'Warten Sie bis zu seinem ersten Tag, und prüfen Sie die Uhr dieses Computers.',
  },
  'certificate-expires-soon': { title: 'Ein Zertifikat läuft in den nächsten 30 Tagen ab', text: 'Holen Sie vorher ein neues.' },
  'certificate-of-another-key': {
    title: 'Ein Zertifikat gehört nicht zum Schlüssel im selben Slot',
    text: 'Anmelden und Signieren damit werden scheitern. Speichern Sie das Zertifikat dieses Schlüssels, oder holen Sie ein neues.',
  },
  'certificate-without-key': {
    title: 'Ein Zertifikat ist in einem Slot ohne Schlüssel',
    text: 'Es ist nicht verwendbar. Holen Sie für diesen Slot ein neues Zertifikat; dabei entsteht der Schlüssel.',
  },
  'key-without-certificate': {
    title: 'Ein Schlüssel hat kein Zertifikat',
    text: 'Programme finden Schlüssel über ihre Zertifikate. Holen Sie eines für diesen Schlüssel.',
  },
  'short-rsa-key': {
    title: 'Ein RSA-Schlüssel ist zu kurz',
    text: 'Schlüssel mit 1024 Bit schützen nicht mehr. Holen Sie ein neues Zertifikat mit einem neuen Schlüssel.',
  },
  'certificate-fasc-n-mismatch': {
    title: 'Ein Zertifikat nennt eine andere Kartennummer (FASC-N)',
    text: 'Es wurde für eine andere Karte ausgestellt. Türsysteme werden es ablehnen. Fragen Sie den Herausgeber.',
  },
  'certificate-guid-mismatch': {
    title: 'Ein Zertifikat nennt eine andere Kartenkennung',
    text: 'Es wurde für eine andere Karte ausgestellt, oder die Identität der Karte wurde seither neu geschrieben. Fragen Sie den Herausgeber.',
  },

  // Frühere Schlüssel.
  'malformed-key-history': {
    title: 'Die Liste der früheren Schlüssel ist nicht lesbar',
    text: 'Programme finden alte Schlüssel zum Entschlüsseln womöglich nicht. Die Schlüssel selbst sind nicht betroffen.',
  },
  'key-history-missing': {
    title: 'Die Liste der früheren Schlüssel fehlt',
    text: 'Alte Schlüssel zum Entschlüsseln sind auf der Karte, aber Programme finden sie womöglich nicht.',
  },
  'key-history-inconsistent': {
    title: 'Die Liste der früheren Schlüssel passt nicht zur Karte',
    text: 'Sie zählt andere Schlüssel auf, als da sind, deshalb übersehen Programme womöglich einige.',
  },
  'key-history-gap': {
    title: 'Zwischen den früheren Schlüsseln sind Lücken',
    text: 'Plätze vor dem letzten sind leer. Die Liste zählt bis zum letzten, Programme finden also alle Schlüssel, und ein neuer kann dorthin.',
  },
  'key-history-without-url': {
    title: 'Der Liste der früheren Schlüssel fehlt eine Adresse',
    text: 'Sie spricht von Zertifikaten, die anderswo liegen, und sagt nicht, wo.',
  },

  'key-history-off-card': {
    title: 'Zertifikate früherer Schlüssel liegen anderswo',
    text: 'Die Karte nennt dafür eine Adresse. Programme, die alte Nachrichten öffnen, holen die Datei von dort; diese Seite tut es nicht.',
  },
  'off-card-file-unavailable': {
    title: 'Die Datei mit Zertifikaten früherer Schlüssel war nicht zu bekommen',
    text: 'Die Karte nennt dafür eine Adresse. Versuchen Sie es später noch einmal, oder holen Sie die Datei auf anderem Weg.',
  },
  'off-card-file-wrong': {
    title: 'Die Datei mit Zertifikaten früherer Schlüssel ist nicht die richtige',
    text: 'Es ist nicht die Datei, für die die Karte bürgt, oder sie ist nicht lesbar. Nichts davon wird verwendet. Fragen Sie den Herausgeber.',
  },
  'off-card-file-mismatch': {
    title: 'Die Datei mit Zertifikaten früherer Schlüssel passt nicht zur Karte',
    text: 'Ihr fehlt ein Zertifikat, das die Karte verspricht, oder sie hat ein anderes. Alte Nachrichten bleiben womöglich zu. Fragen Sie den Herausgeber.',
  },
  'biometric-fasc-n-mismatch': {
    title: 'Biometrische Daten nennen eine andere Kartennummer (FASC-N)',
    text: 'Sie wurden für eine andere Karte erhoben. Türsysteme werden sie ablehnen. Fragen Sie den Herausgeber.',
  },
  'biometric-guid-mismatch': {
    title: 'Biometrische Daten nennen eine andere Kartenkennung',
    text: 'Sie wurden für eine andere Karte erhoben, oder deren Identität wurde seither neu geschrieben. Fragen Sie den Herausgeber.',
  },
  'biometric-expired': {
    title: 'Biometrische Daten sind abgelaufen',
    text: 'Türsysteme, die sie vergleichen, werden die Karte ablehnen. Fragen Sie den Herausgeber.',
  },
  'biometric-expires-early': {
    title: 'Biometrische Daten laufen vor der Karte ab',
    text: 'Von diesem Tag an werden Türsysteme, die sie vergleichen, die Karte ablehnen.',
  },
  'biometric-signature-wrong': {
    title: 'Die Signatur biometrischer Daten ist falsch',
    text: 'Sie wurden nach der Erhebung verändert. Verlassen Sie sich nicht auf diese Karte; geben Sie sie dem Herausgeber zurück.',
  },
  'biometric-signature-unchecked': {
    title: 'Die Signatur biometrischer Daten wurde nicht geprüft',
    text: 'Ihre Art oder das Zertifikat des Unterzeichners können wir nicht prüfen. Das allein ist kein Fehler.',
  },
  'biometric-unsigned': { title: 'Biometrische Daten sind nicht signiert', text: 'Der Standard verlangt eine Signatur. Fragen Sie den Herausgeber.' },
  'contactless-limited': {
    title: 'Die Karte wird ohne Kontakte gelesen',
    text: 'PIN, die meisten Schlüssel und Zertifikate gibt es so nicht. Stecken Sie die Karte in ein Lesegerät mit Kontakten.',
  },
  'contactless-open': {
    title: 'Die Karte zeigt ohne Kontakte mehr, als der Standard erlaubt',
    text: 'Wer nahe genug ist, kann es lesen. Bei Sicherheitsschlüsseln ist das so gewollt.',
  },
  'virtual-contact-offered': {
    title: 'Die Karte bietet geschützte Nutzung ohne Kontakte an',
    text: 'Sie braucht dafür keinen Kopplungscode. Diese Seite nutzt sie nicht.',
  },
  'virtual-contact-pairing-code': {
    title: 'Die Karte bietet geschützte Nutzung ohne Kontakte mit Kopplungscode an',
    text: 'Der Code liegt der Karte bei oder steht auf ihr hinter der PIN. Diese Seite nutzt ihn nicht.',
  },

  // Windows-Anmeldung.
  'logon-purpose-missing': {
    title: 'Das Zertifikat ist nicht für die Windows-Anmeldung gemacht',
    text: 'Die Smartcard-Anmeldung gehört nicht zu seinen Zwecken. Für andere Verwendungen ist das ohne Bedeutung.',
  },
  'logon-upn-missing': {
    title: 'Das Zertifikat enthält keinen Windows-Anmeldenamen (UPN)',
    text: 'Die Windows-Anmeldung braucht dann eine Zuordnung auf dem Server. Für andere Verwendungen ist das ohne Bedeutung.',
  },
  'logon-sid-missing': {
    title: 'Das Zertifikat enthält keine Windows-Kontonummer (SID)',
    text: 'Domänencontroller verlangen sie seit 2025 womöglich. Für andere Verwendungen ist das ohne Bedeutung.',
  },
};

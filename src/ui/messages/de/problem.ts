import type { SharedMessages } from '../catalogue.ts';

/** Was geschehen ist, wie es um die Karte steht, was jetzt gefahrlos möglich ist. */
export const problem: SharedMessages['problem'] = {
  whats: {
    'no-webusb': {
      title: 'Dieser Browser erreicht keine USB-Kartenleser',
      text: 'Er hat kein WebUSB. Chrome, Edge und andere Chromium-Browser auf einem Computer haben es.',
    },
    'usb-not-allowed': { title: 'USB ist für diese Seite abgeschaltet', text: 'Der Browser hat die Seite nicht an das Gerät gelassen.' },
    'protected-class': {
      title: 'Der Browser hält diesen Kartenleser von Webseiten fern',
      text: 'Standard-Kartenleser (USB-Klasse 0B) stehen nur installierten Isolated Web Apps offen.',
    },
    'reader-in-use': {
      title: 'Ein anderes Programm hält den Kartenleser',
      text: 'Er ließ sich nicht übernehmen, weil ein Programm oder ein anderer Tab ihn verwendet.',
    },
    'open-refused': {
      title: 'Das System lässt den Browser nicht an den Kartenleser',
      text: 'Das Betriebssystem hat den Zugriff auf das Gerät abgelehnt.',
    },
    'not-a-ccid-reader': {
      title: 'Dieses Gerät ist kein Kartenleser, den wir ansteuern können',
      text: 'Es beschreibt sich nicht als CCID-Kartenleser, oder es tut das falsch.',
    },
    'reader-answers-badly': {
      title: 'Der Kartenleser hat falsch geantwortet',
      text: 'Die Antwort folgt nicht dem Standard für Kartenleser, deshalb wurde die Arbeit angehalten.',
    },
    'reader-does-not-answer': {
      title: 'Der Kartenleser antwortet nicht',
      text: 'In der Zeit, die Leser und Karte verlangt haben, kam keine Antwort.',
    },
    'reader-unplugged': { title: 'Der Kartenleser wurde abgezogen', text: 'Die Verbindung endete mitten in der Arbeit.' },
    'reader-closed': {
      title: 'Der Kartenleser wurde freigegeben',
      text: 'Die Seite hat ihn abgegeben, oder eine andere Seite von uns hat ihn übernommen.',
    },
    'reader-busy': { title: 'Der Kartenleser ist beschäftigt', text: 'Eine andere Arbeit mit diesem Leser läuft noch.' },
    'reader-level-unsupported': {
      title: 'Diese Art von Kartenleser wird nicht unterstützt',
      text: 'Der Leser tauscht Daten mit der Karte auf eine Weise aus, die dieses Programm nicht kennt.',
    },
    'reader-firmware-old': {
      title: 'Die Software in diesem Kartenleser ist zu alt',
      text: 'Diese Fassung des Lesers ist für Fehler bekannt, die eine spätere nicht mehr hat. Vielleicht bietet der Hersteller eine neue an.',
    },
    'reader-protocol-unsupported': {
      title: 'Leser und Karte haben kein gemeinsames Protokoll',
      text: 'Die Karte spricht ein Protokoll, das dieser Leser oder dieses Programm nicht überträgt.',
    },
    cancelled: { title: 'Die Arbeit wurde angehalten', text: 'Sie endete, bevor sie fertig war.' },
    'no-card': { title: 'Im Kartenleser steckt keine Karte', text: 'Der Leser meldet, dass er leer ist.' },
    'card-mute': { title: 'Die Karte antwortet nicht', text: 'Der Leser sieht eine Karte, aber sie bleibt stumm, wenn sie Strom bekommt.' },
    'card-removed': { title: 'Die Karte wurde herausgenommen', text: 'Die Karte hat den Leser mitten in der Arbeit verlassen.' },
    'card-reset': {
      title: 'Die Karte wurde neu gestartet',
      text: 'Ein anderes Programm oder der Leser hat sie zurückgesetzt. Was entsperrt war, ist wieder gesperrt.',
    },
    'card-answers-badly': {
      title: 'Die Karte hat falsch geantwortet',
      text: 'Die Antwort folgt nicht dem Standard für Karten, deshalb wurde die Arbeit angehalten.',
    },
    'card-refused': { title: 'Die Karte hat abgelehnt', text: 'Sie hat den Befehl verstanden und nicht ausgeführt.' },
    'card-too-small': {
      title: 'So viele Daten überträgt dieser Kartenleser nicht',
      text: 'Der Befehl ist länger, als Leser und Karte aufnehmen können.',
    },
    'card-unknown': {
      title: 'Diese Art von Karte ist nicht bekannt',
      text: 'Auf der Karte hat keine Anwendung geantwortet, mit der dieses Programm arbeiten kann.',
    },
    'card-cannot': { title: 'Die Karte kann das nicht', text: 'Die Karte, oder dieser Slot auf ihr, bietet nicht, was verlangt wurde.' },
    'card-full': { title: 'Die Karte ist voll', text: 'Dafür ist kein Platz mehr auf ihr.' },
    'card-read-only': {
      title: 'Die Karte lässt sich nicht ändern',
      text: 'Sie ist lesbar, nimmt aber keine neuen Schlüssel oder Zertifikate auf.',
    },
    'pin-wrong': { title: 'Falsche PIN', text: 'Die Karte hat sie nicht angenommen.' },
    'pin-blocked': { title: 'Die PIN ist gesperrt', text: 'Sie wurde zu oft falsch eingegeben.' },
    'pin-length': {
      title: 'Die PIN hat die falsche Länge',
      text: 'Sie wurde nicht an die Karte gesendet, also ist kein Versuch verbraucht.',
    },
    'pin-format': {
      title: 'Diese PIN nimmt die Karte nicht',
      text: 'Sie enthält unerlaubte Zeichen oder verletzt eine Regel der Karte.',
    },
    'pin-needed': { title: 'Zuerst wird die PIN gebraucht', text: 'Die Karte verlangt die PIN, bevor sie das tut.' },
    'pin-pad-cancelled': { title: 'Am Kartenleser abgebrochen', text: 'Die Abbruchtaste wurde gedrückt.' },
    'pin-pad-mismatch': {
      title: 'Die neue PIN wurde zweimal verschieden eingegeben',
      text: 'Beide Male muss es dieselbe sein. Die alte PIN gilt weiter.',
    },
    'pin-pad-timeout': { title: 'Es wurde nicht rechtzeitig eine PIN eingegeben', text: 'Der Leser hat auf seine Tastatur gewartet und aufgegeben.' },
    'needs-contacts': {
      title: 'Dafür braucht es die Kontakte der Karte',
      text: 'Eine Karte, die kontaktlos gelesen wird, gibt das nicht frei. Stecken Sie sie in einen Leser mit Kontakten.',
    },
    'last-try-unconfirmed': {
      title: 'Das ist der letzte Versuch',
      text: 'Eine falsche Eingabe sperrt jetzt die Karte, deshalb muss er eigens bestätigt werden.',
    },
    'management-key-needed': {
      title: 'Der Verwaltungsschlüssel wird gebraucht',
      text: 'Nur wer ihn kennt, kann auf der Karte Schlüssel erzeugen und Zertifikate speichern.',
    },
    'management-key-refused': {
      title: 'Falscher Verwaltungsschlüssel',
      text: 'Die Karte hat ihn nicht angenommen. Falsche Eingaben werden nicht gezählt.',
    },
    'management-key-text': {
      title: 'Das ist kein Verwaltungsschlüssel',
      text: 'Er wird hexadezimal geschrieben: mit Ziffern und den Buchstaben A bis F, zwei je Byte.',
    },
    'no-key-in-place': { title: 'In diesem Slot ist kein Schlüssel', text: 'Dort muss erst einer erzeugt werden.' },
    'place-unknown': { title: 'Diesen Slot hat die Karte nicht', text: 'Den gewählten Slot gibt es auf dieser Karte nicht.' },
    'object-not-found': { title: 'Auf der Karte fehlt etwas', text: 'Daten, die da sein sollten, wurden nicht gefunden.' },
    'certificate-too-large': {
      title: 'Das Zertifikat ist zu groß für die Karte',
      text: 'Es wurde nicht gesendet. Es ist größer, als ein Slot aufnehmen kann.',
    },
    'write-differs': { title: 'Die Karte hat etwas anderes gespeichert', text: 'Was zurückgelesen wurde, ist nicht, was geschrieben wurde.' },
    'certificate-unreadable': {
      title: 'Das ist kein Zertifikat',
      text: 'Text oder Datei ließen sich nicht als X.509-Zertifikat lesen.',
    },
    'certificate-unsupported': {
      title: 'Dieses Zertifikat ist nicht verwendbar',
      text: 'Es ist mit einem Verfahren oder in einer Form gebaut, die dieses Programm nicht kennt.',
    },
    'certificate-name-bad': {
      title: 'Dieser Name passt nicht in ein Zertifikat',
      text: 'Er ist kein richtiger Distinguished Name.',
    },
    'certificate-text-bad': {
      title: 'Der Zertifikatstext ist unvollständig',
      text: 'Er soll mit „BEGIN CERTIFICATE“ beginnen, mit „END CERTIFICATE“ enden und dazwischen Base64 enthalten.',
    },
    'signature-invalid': { title: 'Eine Signatur stimmt nicht', text: 'Die Prüfung mit dem öffentlichen Schlüssel ist fehlgeschlagen.' },
    'certificate-for-other-key': {
      title: 'Dieses Zertifikat gehört zu einem anderen Schlüssel',
      text: 'Es passt nicht zum Schlüssel auf der Karte und wurde deshalb nicht gespeichert.',
    },
    'request-self-check-failed': {
      title: 'Die Karte hat den Antrag falsch signiert',
      text: 'Die Signatur passt nicht zum neuen Schlüssel, deshalb wurde der Antrag verworfen.',
    },
    'test-signature-failed': {
      title: 'Die Probesignatur ist misslungen',
      text: 'Das Zertifikat ist gespeichert, aber eine Signatur mit seinem Schlüssel ließ sich nicht prüfen.',
    },
    'authority-refused': {
      title: 'Das Zertifikat wurde nicht ausgestellt',
      text: 'Die Zertifizierungsstelle hat den Antrag abgelehnt oder nicht geantwortet.',
    },
    'key-changed': {
      title: 'Der Schlüssel auf der Karte ist ein anderer geworden',
      text: 'Er ist nicht der, für den der Antrag gestellt wurde.',
    },
    'public-key-unknown': {
      title: 'Der öffentliche Teil dieses Schlüssels ist nicht bekannt',
      text: 'Die Karte gibt ihn nicht heraus, also lässt sich für den Schlüssel nichts beantragen.',
    },
    'session-ended': {
      title: 'Die Sitzung mit der Karte ist beendet',
      text: 'Sie wurde nach einer Pause aufgegeben. Verloren ist nichts.',
    },
    'key-unusable': { title: 'Der Schlüssel ist nicht verwendbar', text: 'Seine Art oder seine Werte lassen diesen Vorgang nicht zu.' },
    'web-assembly-forbidden': {
      title: 'Die Seite darf kein WebAssembly ausführen',
      text: 'Die Content-Security-Policy der Seite verbietet es; die Kryptografie hier braucht es.',
    },
    'not-loaded': {
      title: 'Ein Teil dieser Seite ließ sich nicht laden',
      text: 'Die Verbindung ist gescheitert, oder die Seite wurde inzwischen erneuert. Laden Sie sie neu.',
    },
    'program-error': {
      title: 'Dieses Programm hat einen Fehler gemacht',
      text: 'Das sollte nicht vorkommen. Der Bericht auf der Diagnoseseite hilft uns, ihn zu finden.',
    },
  },
  cardStates: {
    unchanged: 'Auf der Karte hat sich nichts geändert.',
    'try-spent': 'Ein Versuch ist verbraucht. Schlüssel und Zertifikate sind unverändert.',
    blocked: 'PIN oder PUK ist gesperrt. Schlüssel und Zertifikate sind noch da.',
    'last-step-unknown': 'Ob die Karte den letzten Schritt ausgeführt hat, ist nicht bekannt. Sehen Sie sich die Karte an, bevor Sie weitermachen.',
    'pin-count-unknown': 'Die PIN wurde vielleicht als Versuch gezählt. Beim nächsten Lesen nennt die Karte die Zahl.',
    'key-replaced-certificate-stale':
      'Im Slot ist ein neuer Schlüssel. Das Zertifikat, das dort noch gespeichert ist, gehört zum alten, den es nicht mehr gibt.',
    'key-made-certificate-missing': 'Im Slot ist ein neuer Schlüssel und noch kein Zertifikat.',
    'key-unknown': 'Ob im Slot der alte oder ein neuer Schlüssel ist, ist nicht bekannt. Sehen Sie sich die Karte an, bevor Sie weitermachen.',
    'certificate-unknown': 'Welches Zertifikat jetzt im Slot ist, ist nicht bekannt: das alte, das neue oder keines.',
    enrolled: 'Schlüssel und Zertifikat sind auf der Karte.',
    untouched: 'Keine Karte wurde berührt.',
  },
  nexts: {
    'use-other-browser': 'Öffnen Sie die Seite in Chrome, Edge oder einem anderen Chromium-Browser.',
    'see-reader-access': 'Sehen Sie nach, was dieser Leser braucht: Die Diagnose zeigt es für jeden.',
    'close-other-program': 'Schließen Sie andere Programme und Tabs, die den Leser verwenden.',
    'replug-reader': 'Ziehen Sie den Leser ab und stecken Sie ihn wieder an.',
    'choose-other-reader': 'Verwenden Sie einen anderen Leser.',
    'wait-and-retry': 'Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
    retry: 'Versuchen Sie es noch einmal.',
    'insert-card': 'Stecken Sie die Karte in den Leser.',
    'turn-card': 'Drehen Sie die Karte: der Chip voran, den Kontakten zugewandt.',
    'clean-card': 'Wischen Sie den Chip mit einem trockenen Tuch ab.',
    'try-other-card': 'Versuchen Sie es mit einer anderen Karte, um zu sehen, ob es an der Karte oder am Leser liegt.',
    'retype-pin': 'Geben Sie sie noch einmal ein, mit Bedacht.',
    'ask-for-pin': 'Wenn Sie nicht sicher sind, fragen Sie nach, bevor Sie noch einen Versuch verbrauchen.',
    'unblock-with-puk': 'Setzen Sie mit der PUK eine neue PIN.',
    'ask-issuer': 'Fragen Sie dort nach, wo Sie die Karte bekommen haben.',
    'retype-management-key': 'Geben Sie den Verwaltungsschlüssel noch einmal ein.',
    'other-management-key-mode': 'Weisen Sie den Verwaltungsschlüssel auf andere Weise nach.',
    'choose-other-key-type': 'Wählen Sie eine andere Art von Schlüssel.',
    'choose-other-place': 'Wählen Sie einen anderen Slot.',
    'use-existing-key': 'Stellen Sie den Antrag noch einmal mit dem Schlüssel auf der Karte; ein neuer ist nicht nötig.',
    'paste-again': 'Kopieren Sie den ganzen Zertifikatstext und fügen Sie ihn noch einmal ein.',
    'other-certificate': 'Verwenden Sie das Zertifikat, das für diesen Antrag ausgestellt wurde.',
    'smaller-certificate': 'Bitten Sie um ein kleineres Zertifikat: mit weniger Erweiterungen oder für einen Schlüssel auf elliptischen Kurven.',
    'correct-subject': 'Berichtigen Sie den Namen und stellen Sie den Antrag noch einmal.',
    reconnect: 'Verbinden Sie sich neu mit der Karte.',
    'look-at-card': 'Lesen Sie die Karte neu und sehen Sie nach, was auf ihr ist.',
    'send-report': 'Wenn es wieder geschieht, senden Sie Ihrem Support den Bericht von der Diagnoseseite.',
  },
  cardTitle: 'So steht es um Ihre Karte',
  nextTitle: 'Was Sie tun können',
  code: (code) => `Code für Ihren Support: ${code}`,
  detailsTitle: 'Technische Einzelheiten',
  statusWord: 'Status der Karte (SW)',
  readerStatus: 'Status des Kartenlesers',
  minidriverCode: 'Minidriver-Code',
  authoritySaid: 'Angabe der Zertifizierungsstelle',
  trail: 'Wo',
};

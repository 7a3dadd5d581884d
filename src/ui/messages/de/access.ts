import type { SharedMessages } from '../catalogue.ts';
import { access as english } from '../en/access.ts';

/** Befehle sind in jeder Sprache dieselben. */
const command = (key: keyof typeof english.remedies): { readonly command?: string } => {
  const text = english.remedies[key].command;
  return text === undefined ? {} : { command: text };
};

/** Was zwischen Seite und Kartenleser steht, und die Auswege. */
export const access: SharedMessages['access'] = {
  reasons: {
    ready: { title: 'Der Kartenleser ist verwendbar', text: 'Diese Seite kann den Kartenleser öffnen und mit der Karte darin sprechen.' },
    'no-webusb': {
      title: 'Dieser Browser erreicht keine USB-Kartenleser',
      text: 'Die Seite spricht über WebUSB mit dem Kartenleser, und das hat dieser Browser nicht. Chrome, Edge und andere Chromium-Browser auf einem Computer haben es.',
    },
    'insecure-context': {
      title: 'Diese Seite wurde nicht sicher geladen',
      text: 'Browser geben USB nur Seiten, die über https:// oder von diesem Computer selbst kommen.',
    },
    'permissions-policy': {
      title: 'USB ist für diese Seite abgeschaltet',
      text: 'Die Seite, oder die Seite um sie herum, erlaubt hier kein USB. Solange das so ist, lässt sich kein Kartenleser sehen oder öffnen.',
    },
    'protected-class': {
      title: 'Der Browser hält diesen Kartenleser von Webseiten fern',
      text: 'Er ist ein Standard-Kartenleser (USB-Klasse 0B). Chromium gibt solche Leser nur installierten Isolated Web Apps, nie gewöhnlichen Seiten. Leser und Karte sind in Ordnung.',
    },
    'in-use': {
      title: 'Ein anderes Programm hält den Kartenleser',
      text: 'Der Leser ist angesteckt, aber ein Programm auf diesem Computer hat ihn belegt: meist der Smartcard-Dienst des Systems, GnuPG oder ein anderer Tab dieser Seite.',
    },
    'open-refused': {
      title: 'Das System lässt den Browser nicht an den Kartenleser',
      text: 'Das Betriebssystem hat abgelehnt. Ihrem Konto fehlt womöglich das Recht auf das Gerät, oder ein Treiber des Systems sitzt darauf.',
    },
    'no-ccid-interface': {
      title: 'Dieses Gerät ist kein Kartenleser, den wir ansteuern können',
      text: 'Es hat keine CCID-Schnittstelle, also nicht den Standard, den Kartenleser über USB sprechen, oder es beschreibt sie falsch.',
    },
    unplugged: { title: 'Der Kartenleser wurde abgezogen', text: 'Der Leser ist nicht mehr angeschlossen.' },
    unknown: {
      title: 'Der Kartenleser ließ sich nicht öffnen',
      text: 'Der Browser hat abgelehnt und keinen Grund genannt, den wir kennen. Die Diagnose zeigt, was versucht wurde.',
    },
  },
  remedies: {
    'use-chromium': {
      text: 'Öffnen Sie diese Seite in Chrome, Edge oder einem anderen Chromium-Browser auf einem Computer. Firefox und Safari bieten kein WebUSB.',
    },
    'use-https': {
      text: 'Öffnen Sie die Seite mit https:// am Anfang der Adresse. Geht das nicht, fragen Sie den Betreiber der Seite.',
    },
    'allow-usb-in-frame': {
      text: 'Bitten Sie den Betreiber der Seite, USB zu erlauben: im Kopf Permissions-Policy, und für einen Rahmen mit diesem Attribut.',
      ...command('allow-usb-in-frame'),
    },
    'isolated-web-app': {
      text: 'Verwenden Sie diese Seite als Isolated Web App. Auf verwaltetem ChromeOS installiert sie die Administration. Zum Ausprobieren auf einem anderen Computer schalten Sie hier beide Einträge für Isolated Web Apps ein, starten den Browser neu und installieren die App von ihrer Entwicklerseite. Getestet haben wir das unter Linux, nicht unter Windows oder macOS.',
      ...command('isolated-web-app'),
    },
    'isolated-web-app-policy': {
      text: 'Diese App ist isoliert, aber ihr Manifest verlangt diese Berechtigungen nicht. Wer sie gebaut hat, muss sie ergänzen.',
      ...command('isolated-web-app-policy'),
    },
    'stop-pcscd': {
      text: 'Halten Sie den Smartcard-Dienst von Linux an, solange Sie hier arbeiten. Andere Programme können den Leser erst wieder verwenden, wenn er läuft.',
      ...command('stop-pcscd'),
    },
    'close-other-page': {
      text: 'Schließen Sie andere Tabs und Fenster, die den Leser verwenden, und Programme wie GnuPG oder eine Token-Verwaltung.',
    },
    'bind-winusb': {
      text: 'Unter Windows kann die Administration den Leser an den Treiber WinUSB binden, im Geräte-Manager oder mit einem Werkzeug wie Zadig. Windows selbst kann den Leser erst wieder verwenden, wenn sein eigener Treiber zurückgesetzt ist. Getestet haben wir das nicht.',
    },
    'udev-rule': {
      text: 'Geben Sie Ihrem Konto das Recht auf Kartenleser: Legen Sie als Administrator diese Regel an und stecken Sie den Leser neu an.',
      ...command('udev-rule'),
    },
    replug: { text: 'Ziehen Sie den Leser ab, warten Sie einen Moment und stecken Sie ihn wieder an.' },
    'vendor-class-reader': {
      text: 'Verwenden Sie einen Leser, den gewöhnliche Seiten öffnen dürfen: einen mit herstellereigener USB-Schnittstelle (Klasse FF), zum Beispiel SCM SCR331-DI oder Cherry ST-2xxx.',
    },
    'simulated-reader': {
      text: 'Um sich ohne Gerät umzusehen, nehmen Sie den simulierten Kartenleser, wo diese Seite einen anbietet.',
    },
    report: { text: 'Kopieren Sie den Bericht auf der Diagnoseseite und geben Sie ihn Ihrem Support.' },
  },
  remediesTitle: 'Was hilft',
  usable: 'Verwendbar',
  notUsable: 'Unerreichbar',
  checking: 'Wird geprüft',
};

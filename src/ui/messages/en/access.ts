import type { SharedMessages } from '../catalogue.ts';

/** What stands between the page and a reader, and the ways out. */
export const access: SharedMessages['access'] = {
  reasons: {
    ready: { title: 'The reader can be used', text: 'This page can open the reader and talk to its card.' },
    'no-webusb': {
      title: 'This browser cannot reach USB readers',
      text: 'The page talks to the reader through WebUSB, and this browser does not have it. Chrome, Edge and other Chromium browsers on a computer do.',
    },
    'insecure-context': {
      title: 'This page was not loaded securely',
      text: 'Browsers give USB only to pages that came over https:// or from this computer itself.',
    },
    'permissions-policy': {
      title: 'USB is switched off for this page',
      text: 'The page, or the page around it, does not allow the use of USB here. No reader can be seen or opened until that changes.',
    },
    'protected-class': {
      title: 'The browser keeps this reader away from web pages',
      text: 'It is a standard smart card reader (USB class 0B). Chromium hands such readers to installed Isolated Web Apps only, never to ordinary pages. Reader and card are fine.',
    },
    'in-use': {
      title: 'Another program holds the reader',
      text: 'The reader is plugged in, but a program on this computer has taken it: mostly the smart card service of the system, GnuPG, or another tab of this page.',
    },
    'open-refused': {
      title: 'The system does not let the browser open the reader',
      text: 'The operating system refused. Your account may lack the right to the device, or a driver of the system sits on it.',
    },
    'no-ccid-interface': {
      title: 'This device is not a reader that we can drive',
      text: 'It has no CCID interface, the standard that smart card readers speak over USB, or it describes that interface wrongly.',
    },
    unplugged: { title: 'The reader was unplugged', text: 'The reader is not connected any more.' },
    unknown: {
      title: 'The reader could not be opened',
      text: 'The browser refused and gave no reason that we know. Diagnostics show what was tried.',
    },
  },
  remedies: {
    'use-chromium': { text: 'Open this page in Chrome, Edge or another Chromium browser on a computer. Firefox and Safari do not offer WebUSB.' },
    'use-https': { text: 'Open the page with https:// at the start of its address. If that fails, ask whoever runs the page.' },
    'allow-usb-in-frame': {
      text: 'Ask whoever runs the page to allow USB: in the Permissions-Policy header, and for a frame with this attribute.',
      command: '<iframe allow="usb">',
    },
    'isolated-web-app': {
      text: 'Use this page as an Isolated Web App. On managed ChromeOS an administrator installs it. To try it on another computer, switch on both entries for Isolated Web Apps here, restart the browser and install the app from its developer page. We tested this on Linux, not on Windows or macOS.',
      command: 'chrome://flags/#enable-isolated-web-app-dev-mode',
    },
    'isolated-web-app-policy': {
      text: 'This app is isolated, but its manifest does not ask for these permissions. Whoever built it has to add them.',
      command: '"permissions_policy": { "usb": ["self"], "usb-unrestricted": ["self"], "cross-origin-isolated": ["self"] }',
    },
    'stop-pcscd': {
      text: 'Stop the smart card service of Linux while you work here. Other programs cannot use the reader until it runs again.',
      command: 'sudo systemctl stop pcscd.socket pcscd.service',
    },
    'close-other-page': { text: 'Close other tabs and windows that use the reader, and programs such as GnuPG or a token manager.' },
    'bind-winusb': {
      text: 'On Windows an administrator can bind the reader to the WinUSB driver, in the Device Manager or with a tool such as Zadig. Windows itself cannot use the reader until its own driver is put back. We have not tested this.',
    },
    'udev-rule': {
      text: 'Let your account use smart card readers: add this rule as administrator, then plug the reader in again.',
      command: `echo 'SUBSYSTEM=="usb", ENV{ID_USB_INTERFACES}=="*:0b0000:*", TAG+="uaccess"' | sudo tee /etc/udev/rules.d/70-smart-card-reader.rules`,
    },
    replug: { text: 'Unplug the reader, wait a moment and plug it in again.' },
    'vendor-class-reader': {
      text: 'Use a reader that ordinary pages may open: one with a vendor-specific USB interface (class FF), for instance SCM SCR331-DI or Cherry ST-2xxx.',
    },
    'simulated-reader': { text: 'To look around without hardware, use the simulated reader where this page offers one.' },
    report: { text: 'Copy the report on the diagnostics page and send it to whoever supports you.' },
  },
  remediesTitle: 'What helps',
  usable: 'Can be used',
  notUsable: 'Out of reach',
  checking: 'Checking',
};

/* The samples of the embedding page. A test takes them from the page and enrolls with them, so they stay true. */

export const markup = `<script type="module" src="web-minidriver.js"></script>
<wm-enroll lang="en"></wm-enroll>
<script type="module" src="app.js"></script>`;

export const script = `// app.js
const enroll = document.querySelector('wm-enroll');

// Who turns a request into a certificate; both are DER.
enroll.authorities = [{
  id: 'corporate',
  label: 'Example Corp',
  demonstration: false,
  async issue(request) {
    const answer = await fetch('enroll', { method: 'POST', body: request });
    if (!answer.ok) throw new Error('refused');
    return { certificate: new Uint8Array(await answer.arrayBuffer()), chain: [] };
  },
}];

enroll.addEventListener('wm-enrolled', ({ detail }) => {
  console.log(detail.place, detail.fingerprint);
});

// Your page may forbid that a key is overwritten.
enroll.addEventListener('wm-before-overwrite', (event) => {
  if (event.detail.decryptionKey) event.preventDefault();
});`;

export const style = `wm-enroll {
  color-scheme: light dark;
  --wm-accent: light-dark(#5b3fa8, #b8a5f5);
  --wm-accent-hover: light-dark(#472f89, #cbbcf9);
  --wm-accent-soft: light-dark(#efeafb, #2b2350);
  --wm-on-accent: light-dark(#ffffff, #1c1336);
  --wm-radius: 10px;
}`;

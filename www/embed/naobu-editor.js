// <naobu-editor>: this page as a part of another one. For other people's pages, which load it with one
// tag: `<script src="https://HOST/www/embed/naobu-editor.js" defer></script>`. A classic script, because
// a module of another host would need that host's consent. What the two pages say to each other is in
// `embedded.js`.
//
//     <naobu-editor src="photo.jpg" tool="extend" lang="en"></naobu-editor>
//
// `src` is fetched by the page around, which hands the picture over; `open(blob)` hands over any other.
// `naobu-save` brings what was saved as `detail`, a File; `naobu-error` why `src` cannot be had.
// `page` says where the editor is, if not where this script comes from.
{
  const script = document.currentScript;
  const home = script instanceof HTMLScriptElement ? new URL('../../index.html', script.src) : null;
  const style = new CSSStyleSheet();
  style.replaceSync(
    ':host { display: block; block-size: 40rem } iframe { border: 0; inline-size: 100%; block-size: 100% }',
  );

  class NaobuEditor extends HTMLElement {
    static observedAttributes = ['src'];
    #frame = document.createElement('iframe');
    #origin = '';
    #isLoaded = false;
    /** What the editor has not been handed yet. */
    #files = /** @type {File[]} */ ([]);

    constructor() {
      super();
      const root = this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [style];
      this.#frame.title = 'Naobu';
      this.#frame.allow = 'clipboard-read; clipboard-write; fullscreen';
      this.#frame.addEventListener('load', () => {
        this.#isLoaded = true;
        this.#hand();
      });
    }

    connectedCallback() {
      const where = this.getAttribute('page') ?? home;
      if (!where) throw new Error('<naobu-editor> needs the address of the editor, as `page`');
      const page = new URL(where, document.baseURI);
      for (const name of ['tool', 'lang']) {
        const wish = this.getAttribute(name);
        if (wish !== null) page.searchParams.set(name, wish);
      }
      this.#origin = page.origin;
      this.#frame.src = page.href;
      this.shadowRoot?.append(this.#frame);
      addEventListener('message', this.#hear);
    }

    disconnectedCallback() {
      removeEventListener('message', this.#hear);
      this.#isLoaded = false;
      this.#frame.remove();
    }

    attributeChangedCallback() {
      void this.#fetch(this.getAttribute('src'));
    }

    /** Hands a picture over, as if it were dropped on the editor. @param {Blob} picture @param {string} [name] */
    open(picture, name = picture instanceof File ? picture.name : 'photo') {
      this.#files.push(new File([picture], name, { type: picture.type }));
      if (this.#isLoaded) this.#hand();
    }

    /** @param {string | null} src */
    async #fetch(src) {
      if (src === null) return;
      try {
        const response = await fetch(src);
        if (!response.ok) throw new Error(`HTTP ${response.status}: ${src}`);
        const picture = await response.blob();
        const name = new URL(response.url || src, document.baseURI).pathname.split('/').at(-1);
        if (src === this.getAttribute('src')) this.open(picture, name || 'photo');
      } catch (error) {
        this.dispatchEvent(new CustomEvent('naobu-error', { detail: error }));
      }
    }

    #hand() {
      const files = this.#files.splice(0);
      this.#frame.contentWindow?.postMessage({ kind: 'naobu-open', files }, this.#origin);
    }

    #hear = (/** @type {MessageEvent} */ { source, origin, data }) => {
      if (source !== this.#frame.contentWindow || origin !== this.#origin) return;
      if (data?.kind !== 'naobu-save' || !(data.file instanceof File)) return;
      this.dispatchEvent(new CustomEvent('naobu-save', { detail: data.file, bubbles: true }));
    };
  }

  customElements.define('naobu-editor', NaobuEditor);
}

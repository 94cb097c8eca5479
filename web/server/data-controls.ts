/** Controls of the data page, which its script fills. Without scripts they are hidden; they are in the HTML so that the layout does not shift. */
export const CONTROLS = `<div class="scripted">
<details id="access-part" class="choice" open>
<summary><h2>Access</h2></summary>
<form id="access" class="access" autocomplete="off">
<div class="field">
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint">
<p id="token-hint" class="hint">An auth token with the scope download, or the admin token.</p>
<label class="check"><input type="checkbox" id="keep-token"> Keep the token in this tab until it is closed</label>
</div>
<div class="field">
<label for="client-id">Client (only with the admin token)</label>
<input id="client-id" list="clients" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="client-hint client-more">
<datalist id="clients"></datalist>
<p id="client-hint" class="hint">A name or an id. The names are listed after the token.</p>
<p id="client-more" class="hint"></p>
</div>
<div class="buttons submit"><button type="submit" class="main">List the series</button></div>
</form>
</details>
<p id="access-status" class="status" role="status"></p>
<div class="workplace">
<details id="selection-part" class="choice" open>
<summary><h2>Selection</h2></summary>
<form id="choice" autocomplete="off">
<fieldset id="choosing" disabled>
<legend class="unseen">Series, columns and times</legend>
<div class="field">
<label for="series">Series</label>
<select id="series"></select>
<p id="span" class="hint lines"></p>
<div id="warnings" class="hint" hidden></div>
</div>
<details id="comparing" hidden>
<summary>Compare with</summary>
<div id="others" class="columns" tabindex="0" role="group" aria-label="Compare with"></div>
</details>
<div class="field" role="group" aria-labelledby="columns-label">
<span id="columns-label" class="label">Columns</span>
<div id="columns" class="columns" tabindex="0" role="group" aria-labelledby="columns-label"></div>
<div class="buttons">
<button type="button" id="all-columns">All columns</button>
<button type="button" id="no-columns">None</button>
</div>
</div>
<div class="fields">
<div class="field">
<label for="from" id="from-label">From (UTC)</label>
<input id="from" type="datetime-local" step="1">
</div>
<div class="field">
<label for="to" id="to-label">To (UTC)</label>
<input id="to" type="datetime-local" step="1">
</div>
</div>
<div class="buttons submit">
<button type="submit" class="main">Show</button>
<button type="button" id="cancel" disabled>Cancel</button>
</div>
</fieldset>
</form>
<div id="parked" class="hint" hidden></div>
</details>
<section class="plots">
<h2 class="unseen">Plot</h2>
<div class="buttons ranges" role="group" aria-label="Time range">
<button type="button" id="other-range" data-range="other" hidden></button>
<button type="button" data-range="-1h">1 h</button>
<button type="button" data-range="-24h">24 h</button>
<button type="button" data-range="-7d">7 d</button>
<button type="button" data-range="-30d">30 d</button>
<button type="button" data-range="">All</button>
<label class="check"><input type="checkbox" id="live" aria-describedby="live-cost"> Live</label>
</div>
<p id="live-cost" class="hint"></p>
<p id="status" class="status lines" role="status">Choose a series first.</p>
<ul id="cards" class="cards" tabindex="0" aria-label="Last values"></ul>
<fieldset id="moving" class="moving" disabled>
<legend class="unseen">Move in the plot</legend>
<div class="buttons">
<button type="button" id="earlier" aria-label="Earlier" title="Earlier">←</button>
<button type="button" id="later" aria-label="Later" title="Later">→</button>
<button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in">+</button>
<button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out">−</button>
<button type="button" id="whole" aria-label="Whole range" title="Whole range">↔</button>
</div>
<input id="point" type="range" min="0" max="0" value="0" aria-label="Row under the cursor">
<output id="reading" for="point"></output>
</fieldset>
<div id="canvases" class="canvases"></div>
<details class="options">
<summary>How it is drawn</summary>
<div class="fields">
<div class="field">
<label for="zone">Times</label>
<select id="zone">
<option value="utc">UTC</option>
<option value="local">Local time</option>
</select>
</div>
<div class="field">
<label for="gap">Lines break at gaps of more than</label>
<select id="gap">
<option value="1.5">1.5 intervals</option>
<option value="3">3 intervals</option>
<option value="10">10 intervals</option>
<option value="100">100 intervals</option>
<option value="0">no gap</option>
</select>
</div>
<div class="field">
<label for="right">On a second axis</label>
<select id="right" disabled><option value="">None</option></select>
</div>
<div class="field">
<label for="unit-column">Column</label>
<select id="unit-column" disabled></select>
</div>
<div class="field">
<label for="unit">Unit of this column</label>
<input id="unit" maxlength="20" autocapitalize="none" autocomplete="off" spellcheck="false" disabled>
</div>
<label class="check"><input type="checkbox" id="together"> One plot for all columns</label>
</div>
</details>
<div id="map"></div>
<h2>Save</h2>
<fieldset id="saving" disabled>
<legend class="unseen">Save all rows of the selection</legend>
<div class="buttons">
<button type="button" data-saves="csv">CSV</button>
<button type="button" data-saves="json">JSON</button>
<button type="button" data-saves="ndjson">NDJSON</button>
</div>
</fieldset>
<p class="hint">The buttons save all rows of the series and the range. This command downloads the first 10,000, with the token in <code>TOKEN</code>:</p>
<div class="command">
<button type="button" class="copies" data-copies="curl">Copy<span class="unseen"> the curl command</span></button>
<pre id="curl"></pre>
</div>
<details id="sharing" class="choice" hidden>
<summary><h2>Share</h2></summary>
<p class="hint">A link shows what you see now to people without a token. It opens with this range, and can read rows of all ranges, also later ones.</p>
<form id="share" autocomplete="off">
<div class="fields">
<div class="field">
<label for="share-name">Name of the link</label>
<input id="share-name" maxlength="128" aria-describedby="share-name-hint">
<p id="share-name-hint" class="hint">Empty for the names of the boxes.</p>
</div>
<div class="field">
<label for="share-days">Ends after</label>
<select id="share-days">
<option value="1">1 day</option>
<option value="7">1 week</option>
<option value="30" selected>30 days</option>
<option value="365">1 year</option>
</select>
</div>
</div>
<label class="check"><input type="checkbox" id="share-all"> Also columns that are not shown now</label>
<div class="buttons"><button type="submit" id="make-link">Make a link</button></div>
</form>
<p id="share-status" class="status" role="status"></p>
<div id="new-share" class="command" hidden>
<button type="button" class="copies" data-copies="share-link">Copy<span class="unseen"> the link</span></button>
<pre id="share-link"></pre>
</div>
<div id="shares"></div>
</details>
<p id="copied" class="status" role="status"></p>
</section>
</div>
</div>
`

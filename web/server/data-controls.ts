/** Controls of the data page, which its script fills. Without scripts they are hidden; they are in the HTML so that the layout does not shift. */
export const CONTROLS = `<div class="scripted">
<form id="access" class="choice access" autocomplete="off">
<h2>Access</h2>
<div class="field">
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint">
<p id="token-hint" class="hint">An auth token with the scope download, or the admin token. This page forgets it when you
close or reload it.</p>
</div>
<div class="field">
<label for="client-id">Client id (only with the admin token)</label>
<input id="client-id" autocomplete="off" autocapitalize="none" spellcheck="false">
</div>
<div class="buttons submit"><button type="submit" class="main">List the series</button></div>
<p id="access-status" class="status" role="status"></p>
</form>
<div class="workplace">
<form id="choice" class="choice" autocomplete="off">
<h2>Selection</h2>
<fieldset id="choosing" disabled>
<legend class="unseen">Series, columns and times</legend>
<div class="field">
<label for="series">Series</label>
<select id="series"></select>
<p id="span" class="hint lines"></p>
<div id="warnings" class="hint" hidden></div>
</div>
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
<label for="from">From (UTC)</label>
<input id="from" type="datetime-local" step="1">
</div>
<div class="field">
<label for="to">To (UTC)</label>
<input id="to" type="datetime-local" step="1">
</div>
</div>
<div class="buttons" role="group" aria-label="Time range">
<button type="button" id="last-day">Last day</button>
<button type="button" id="last-week">Last week</button>
<button type="button" id="all-times">All</button>
</div>
<label class="check"><input type="checkbox" id="together"> One plot for all columns</label>
<div class="buttons submit">
<button type="submit" class="main">Show</button>
<button type="button" id="cancel" disabled>Cancel</button>
</div>
</fieldset>
</form>
<section class="plots">
<h2>Plot</h2>
<p id="status" class="status lines" role="status">Choose a series first.</p>
<fieldset id="moving" disabled>
<legend class="unseen">Move in the plot</legend>
<div class="reading">
<input id="point" type="range" min="0" max="0" value="0" aria-label="Row under the cursor">
<output id="reading" for="point"></output>
</div>
<div class="buttons">
<button type="button" id="earlier">Earlier</button>
<button type="button" id="later">Later</button>
<button type="button" id="zoom-in">Zoom in</button>
<button type="button" id="zoom-out">Zoom out</button>
<button type="button" id="whole">Whole range</button>
</div>
</fieldset>
<div id="canvases" class="canvases"></div>
<h2>Save</h2>
<fieldset id="saving" disabled>
<legend class="unseen">Save all rows of the selection</legend>
<div class="buttons">
<button type="button" data-saves="csv">CSV</button>
<button type="button" data-saves="json">JSON</button>
<button type="button" data-saves="ndjson">NDJSON</button>
</div>
</fieldset>
<p class="hint">The buttons save all rows of the selection. This command downloads the first 10,000, with the token in <code>TOKEN</code>:</p>
<div class="command">
<button type="button" class="copies" data-copies="curl">Copy<span class="unseen"> the curl command</span></button>
<pre id="curl"></pre>
</div>
<p id="copied" class="status" role="status"></p>
</section>
</div>
</div>
`

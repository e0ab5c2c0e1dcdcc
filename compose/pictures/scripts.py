"""What is asked of a page of Grafana, in JavaScript."""

LOG_IN = """return fetch('/login', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({user: arguments[0], password: arguments[1]})}).then(answer => answer.status)"""
DRAWN = """return document.querySelectorAll('[data-panelid], [data-viz-panel-key]').length > 0
    && document.querySelectorAll('.panel-loading, [aria-label="Panel loading bar"]').length === 0"""
TALL = """return Math.max(document.documentElement.scrollHeight, ...[...document.querySelectorAll('*')]
    .filter(one => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)
        && one.querySelector('[data-panelid], [data-viz-panel-key]'))
    .map(one => innerHeight + one.scrollHeight - one.clientHeight))"""
SCROLL = """const one = [...document.querySelectorAll('*')].find(e => e.scrollHeight > e.clientHeight + 1
    && /auto|scroll/.test(getComputedStyle(e).overflowY) && e.querySelector('[data-panelid], [data-viz-panel-key]'));
    if (one) one.scrollTop = one.scrollHeight; return !!one"""
MOST_ROWS = 8
"""How many closed rows of a page are opened: a hundred alerts, each with its charts, take minutes to draw. `specola
smoke` asks the queries of them all."""

OPEN_ROWS = f"""if (window.rowsOpened) return 0;
    const closed = document.querySelectorAll('.dashboard-row--collapsed .dashboard-row__title');
    const rows = [...closed].slice(0, {MOST_ROWS}).reverse();
    rows.forEach(row => row.click()); return window.rowsOpened = rows.length"""
CLOSE_MESSAGES = """document.querySelectorAll('[data-testid*="Alert error"] button, .page-alert-list button')
    .forEach(one => one.click())"""
WATCH = """window.failedQueries = [];
window.failedPlugins = [];  // messages go away by themselves, on a slow machine before anybody looks
new MutationObserver(changes => changes.flatMap(one => [...one.addedNodes]).forEach(node => {
    const messages = node.matches ? [node, ...node.querySelectorAll('[data-testid*="Alert error"]')] : [];
    const said = messages.filter(one => one.matches('[data-testid*="Alert error"]')).map(one => one.textContent);
    const found = said.map(text => /^(.+?) plugin failed/.exec(text)).filter(Boolean);
    window.failedPlugins.push(...found.map(one => one[1].toLowerCase()));
})).observe(document, {childList: true, subtree: true});
const ask = window.fetch;
window.fetch = async (...given) => {
    const url = given[0].url || String(given[0]);
    if (!/\\bapi[/](ds[/]query|datasources[/])/.test(url)) return ask(...given);
    const asked = (() => { try { return JSON.parse(given[1].body).queries[0].datasource.uid } catch { return '' } })();
    const answer = await ask(...given).catch(error => {
        if (error.name !== 'AbortError') window.failedQueries.push({source: asked || url, error: String(error)});
        throw error;
    });
    answer.clone().text().then(text => {
        const said = (() => { try { return JSON.parse(text) } catch { return {message: text.slice(0, 200)} } })();
        const errors = answer.ok ? Object.values(said.results || {}).map(one => one.error).filter(Boolean)
            : [`${answer.status} ${said.message || Object.values(said.results || {}).map(one => one.error)}`];
        errors.forEach(error => window.failedQueries.push({source: asked || url, error}));
    }).catch(() => {});  // a query that is no longer wanted ends without an answer
    return answer;
}"""
FAILED = "return window.failedQueries"
UNLOADED = """const names = window.failedPlugins.splice(0);
    const again = document.querySelector('[data-testid="data-testid RefreshPicker run button"]');
    document.querySelectorAll('[data-testid*="Alert error"] button').forEach(one => one.click());
    if (names.length && again) again.click();
    return names"""
"""Data sources whose program Grafana failed to load, which are asked again. Every page of our Grafana 9.4 fails to load
Loki's at the first try ("Datasource: loki was not found"), and succeeds at the second."""
PANELS = """return [...document.querySelectorAll('[data-panelid], [data-viz-panel-key]')].map(one => ({
    id: +(one.dataset.panelid || one.dataset.vizPanelKey.replace('panel-', '')),
    error: !!one.querySelector('.panel-info-corner--error, [data-testid="data-testid Panel status error"]'),
    texts: [...one.querySelectorAll('*')].filter(e => !e.children.length).map(e => e.textContent.trim())
        .filter(text => text === 'No data'),
    cut: [...one.querySelectorAll('h2')].some(e => e.scrollWidth > e.clientWidth + 1)}))"""

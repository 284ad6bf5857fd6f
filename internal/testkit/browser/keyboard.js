// Watches where the tabulator leads on this page, from the top of it.
window.courtesyStops = (() => {
	const controls = [...document.querySelectorAll("a[href], button:enabled, summary, textarea, select, input:not([type=hidden])")]
		.filter((element) => element.checkVisibility() && element.getClientRects().length > 0);
	const problems = [], reached = new Set();
	let around = false, latest = null;
	document.addEventListener("focusin", ({ target }) => {
		if (target === latest) return; // another part of the same field
		around ||= reached.has(target);
		latest = target;
		reached.add(target);
		if (getComputedStyle(target).outlineStyle !== "solid") problems.push(`${target.outerHTML.slice(0, 90)}: nobody sees that it has the focus`);
	});
	document.activeElement.blur();
	getSelection().setPosition(document.body, 0);
	return {
		around: () => around,
		// Of buttons of which one is chosen the tabulator leads to one; the arrows lead to the others.
		problems: () => problems.concat(controls
			.filter((element) => !reached.has(element) && !(element.type === "radio" &&
				[...reached].some((r) => r.type === "radio" && r.name === element.name && r.form === element.form)))
			.map((element) => `${element.outerHTML.slice(0, 90)}: the tabulator does not lead there`)),
	};
})()

// Returns what a reader with a small screen, a finger, bad eyes or a screen
// reader would stumble over on this page, a sentence each.
(() => {
	const problems = [];
	const say = (element, what) => problems.push(`${element.outerHTML.slice(0, 90)}: ${what}`);
	const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
	const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);

	if (document.documentElement.scrollWidth > innerWidth) {
		problems.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
		for (const element of all("body *")) {
			if (element.getBoundingClientRect().right > innerWidth) say(element, "goes beyond the edge");
		}
	}
	if (!document.documentElement.lang || !document.title) problems.push("the page has no language or no title");
	if (all("main").length !== 1 || all("h1").length !== 1) problems.push("the page has not one main part and one title");

	let level = 0;
	for (const heading of all("h1, h2, h3, h4")) {
		const own = Number(heading.tagName[1]);
		if (own > level + 1) say(heading, `a heading of level ${own} after level ${level}`);
		level = own;
	}
	for (const field of all("textarea, select, input:not([type=hidden])")) {
		if (!field.labels.length && !field.ariaLabel) say(field, "no label");
	}
	for (const image of all("img")) {
		if (!image.alt) say(image, "no description");
		if (!image.naturalWidth) say(image, "the picture did not come");
	}
	// A link among the words of a sentence is as high as they are, WCAG 2.2 2.5.8;
	// a box to tick is as large as it is together with its label.
	const words = (node, next) => {
		while (node && node.nodeType !== Node.ELEMENT_NODE && !node.textContent.trim()) node = node[next];
		return node && (node.nodeType === Node.TEXT_NODE || node.tagName !== "BR" && getComputedStyle(node).display.startsWith("inline"));
	};
	const amongWords = (element) => getComputedStyle(element).display === "inline" &&
		(words(element.previousSibling, "previousSibling") || words(element.nextSibling, "nextSibling") || amongWords(element.parentElement));
	const edges = (target) => {
		const boxes = [target, ...target.labels ?? []].map((part) => part.getBoundingClientRect());
		const size = (from, to) => Math.max(...boxes.map((b) => b[to])) - Math.min(...boxes.map((b) => b[from]));
		return [size("left", "right"), size("top", "bottom")];
	};
	for (const target of all("a, button, summary, textarea, select, input")) {
		const [width, height] = edges(target);
		const out = target.getBoundingClientRect().right < 0; // comes in when it has the focus
		if (!out && !(target.tagName === "A" && amongWords(target)) && (height < 44 || width < 44)) say(target, `${width} x ${height} is small for a finger`);
		if (!(target.innerText || target.labels?.length || target.ariaLabel)) say(target, "no words");
	}
	const ids = all("[id]").map((element) => element.id);
	if (new Set(ids).size !== ids.length) problems.push(`an id is there twice: ${ids}`);
	for (const reference of ["aria-describedby", "aria-labelledby", "for"]) {
		for (const element of all(`[${reference}]`)) {
			if (!document.getElementById(element.getAttribute(reference))) say(element, `${reference} leads nowhere`);
		}
	}

	// Contrast as WCAG 2.2 defines it, 1.4.3 for words and 1.4.11 for the edges of buttons.
	const channels = (color) => color.match(/[\d.]+/g).map(Number);
	const luminance = (color) => {
		const [r, g, b] = channels(color).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ratio = (a, b) => {
		const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (light + 0.05) / (dark + 0.05);
	};
	const ground = (element) => {
		for (let e = element; e; e = e.parentElement) {
			const color = getComputedStyle(e).backgroundColor;
			if ((channels(color)[3] ?? 1) === 1) return color;
		}
		return "rgb(255, 255, 255)";
	};
	for (const element of all("body *")) {
		const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
		const style = getComputedStyle(element);
		if (words && ratio(style.color, ground(element)) < 4.5) {
			say(element, `contrast ${ratio(style.color, ground(element)).toFixed(2)}`);
		}
	}
	for (const element of all(":not(.small) > .choice, textarea, select, input, button")) {
		if (parseFloat(getComputedStyle(element).borderTopWidth) === 0 || element.matches(".small > *")) continue;
		const edge = ratio(getComputedStyle(element).borderTopColor, ground(element.parentElement));
		if (edge < 3) say(element, `the edge has contrast ${edge.toFixed(2)}`);
	}
	return problems;
})()

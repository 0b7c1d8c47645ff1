// SPDX-License-Identifier: Apache-2.0
// signal - a value that tells when it changes, and the hooks that pages are made with
import { useEffect, useReducer, useRef, useState, useCallback } from "htm/preact/standalone";

export function signal(value) {
	const subscribers = new Set();

	return {
		get: () => value,
		set(next) {
			if (next === value)
				return;
			value = next;
			for (const fn of [...subscribers])
				fn();
		},
		subscribe(fn) {
			subscribers.add(fn);
			return () => subscribers.delete(fn);
		},
	};
}

export function useSignal(s) {
	const [, tick] = useReducer((n) => n + 1, 0);

	useEffect(() => s.subscribe(tick), [s]);
	return s.get();
}

/*
 * Calls load() now and whenever deps change. An answer that a newer question has overtaken is
 * dropped. While a new answer is on its way the old one stays on the page.
 */
export function useLoad(load, deps) {
	const [state, setState] = useState({ data: null, error: null, loading: true });
	const turn = useRef(0);
	const run = useCallback(async () => {
		const mine = ++turn.current;

		setState((s) => ({ ...s, loading: true }));
		try {
			const data = await load();
			if (mine === turn.current)
				setState({ data, error: null, loading: false });
		} catch (error) {
			if (mine === turn.current)
				setState((s) => ({ data: s.data, error, loading: false }));
		}
	}, deps);
	const setData = useCallback((f) => setState((s) => ({ ...s, data: f(s.data) })), []);

	useEffect(() => {
		run();
		return () => turn.current++;
	}, [run]);
	return { ...state, reload: run, setData };
}

/* Calls fn every so many ms while the page is visible. */
export function useEvery(ms, fn) {
	const latest = useRef(fn);

	latest.current = fn;
	useEffect(() => {
		const timer = setInterval(() => document.hidden || latest.current(), ms);
		return () => clearInterval(timer);
	}, [ms]);
}

export function useDebounced(value, ms) {
	const [settled, setSettled] = useState(value);

	useEffect(() => {
		const timer = setTimeout(() => setSettled(value), ms);
		return () => clearTimeout(timer);
	}, [value, ms]);
	return settled;
}

export function useMedia(text) {
	const [matches, set] = useState(() => matchMedia(text).matches);

	useEffect(() => {
		const m = matchMedia(text), fn = () => set(m.matches);
		fn();
		m.addEventListener("change", fn);
		return () => m.removeEventListener("change", fn);
	}, [text]);
	return matches;
}

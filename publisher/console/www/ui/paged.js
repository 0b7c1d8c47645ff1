// SPDX-License-Identifier: Apache-2.0
// paged - rows of a cursor-paged list: the newest page first, older ones as they are asked for
import { useCallback, useEffect, useRef, useState } from "htm/preact/standalone";
import { get } from "../api.js";

const PAGE = 200;

export function usePaged(path, args, ready = true) {
	const [state, set] = useState({ rows: [], next: null, ended: false, error: null, loading: true });
	const turn = useRef(0), busy = useRef(false), now = useRef(state);
	const question = JSON.stringify(args);

	now.current = state;
	const ask = useCallback(async (fresh) => {
		if (!ready || (busy.current && !fresh) || (!fresh && now.current.ended))
			return;
		const mine = fresh ? ++turn.current : turn.current;
		busy.current = true;
		if (fresh)
			set((s) => ({ ...s, loading: true, error: null }));
		try {
			const a = await get(path, { ...JSON.parse(question), limit: PAGE, cursor: fresh ? null : now.current.next });
			if (mine === turn.current)
				set((s) => ({ rows: fresh ? a.rows : [...s.rows, ...a.rows], next: a.next ?? null,
					ended: !a.next, error: null, loading: false }));
		} catch (error) {
			if (mine === turn.current)
				set((s) => ({ ...s, error, ended: true, loading: false }));
		} finally {
			if (mine === turn.current)
				busy.current = false;
		}
	}, [path, question, ready]);

	useEffect(() => {
		ask(true);
		return () => { turn.current++; };
	}, [ask]);
	return { ...state, more: () => ask(false), reload: () => ask(true),
		change: (f) => set((s) => ({ ...s, rows: f(s.rows) })) };
}

/** The page of one payment, or of all that was asked for under one ref_id. */

import { paymentPath, picked } from "./addresses.js";
import { useAnswer } from "./api.js";
import { Details } from "./details.js";
import { Fragment, Go, h } from "./host.js";
import { usePageQuery } from "./page_query.js";
import { answered, Copy, Empty } from "./parts.js";
import { Notes } from "./summary.js";

/** @import { AnswerState } from "./api.js" */
/** @import { PaymentReceipts } from "./types" */

/** Names of the parameters that ask for one payment. */
export const PAYMENT = ["id", "ref_id"];

export function PaymentPage() {
  const asked = picked(usePageQuery(), PAYMENT);
  const [name, value] = [...asked][0] ?? ["id", ""];
  /** @type {AnswerState<PaymentReceipts>} */
  const state = useAnswer(paymentPath(asked));
  return h(
    Fragment,
    null,
    h("p", null, h(Go, { to: "/plugin/paxos", className: "px-link" }, "← All payments")),
    h("h1", null, "Payment"),
    h("p", { className: "px-muted" }, `${name} `, h("span", { className: "px-code" }, value), h(Copy, { name, value })),
    answered(state, (answer) =>
      h(
        Fragment,
        null,
        answer.total_items === 0 &&
          h(
            Empty,
            { title: "No receipt of this payment is here." },
            "A retry or clear may have taken it away, its run may have been purged, or it is of a Dag whose XComs you may not read. The account at Paxos is authoritative.",
          ),
        answer.items.map((receipt, index) =>
          h(
            "article",
            { key: `${receipt.id ?? "attempt"} ${index}`, className: "px-article" },
            h(Details, { receipt }),
          ),
        ),
        h(Notes, { notes: answer.notes }),
      ),
    ),
  );
}

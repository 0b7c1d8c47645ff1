/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.c - both serial ports: interrupts move bytes, nothing else
 *
 * UCSRnC and UBRRnH share an address; URSELn chooses.
 */
#define __AVR_LIBC_DEPRECATED_ENABLE__
#include <avr/interrupt.h>
#include <avr/io.h>
#include "uart.h"
#include "ring.h"
#include "../board.h"
#include "../count.h"
#include "../hal.h"

static volatile uint8_t host_rx[BOARD_HOST_RX], host_tx[BOARD_HOST_TX];
static volatile uint8_t modem_rx[BOARD_MODEM_RX], modem_tx[BOARD_MODEM_TX];
static struct ring host_in, host_out, modem_in, modem_out;

void uart_init(void)
{
	UBRR0H = BOARD_UBRR(BOARD_HOST_BAUD) >> 8;
	UBRR0L = BOARD_UBRR(BOARD_HOST_BAUD) & 0xFF;
	UCSR0C = _BV(URSEL0) | _BV(UCSZ01) | _BV(UCSZ00);
	UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
	UBRR1H = BOARD_UBRR(BOARD_MODEM_BAUD) >> 8;
	UBRR1L = BOARD_UBRR(BOARD_MODEM_BAUD) & 0xFF;
	UCSR1C = _BV(URSEL1) | _BV(UCSZ11) | _BV(UCSZ10);
	UCSR1B = _BV(RXEN1) | _BV(TXEN1) | _BV(RXCIE1);
}

/* DOR says that bytes before the one now in UDR were lost: it must be read first. */
#define RECEIVE(n, in, bytes, OVERRUN, FULL)                                                       \
	do {                                                                                       \
		uint8_t lost = UCSR##n##A & _BV(DOR##n);                                           \
		uint8_t byte = UDR##n;                                                             \
                                                                                                   \
		if (lost)                                                                          \
			counts[OVERRUN]++;                                                         \
		if (ring_fill(&in) < sizeof(bytes))                                                \
			RING_PUT(in, bytes, byte);                                                 \
		else                                                                               \
			counts[FULL]++;                                                            \
	} while (0)

#define TRANSMIT(n, out, bytes)                                                                    \
	do {                                                                                       \
		if (ring_fill(&out))                                                               \
			UDR##n = RING_TAKE(out, bytes);                                            \
		else                                                                               \
			UCSR##n##B &= (uint8_t)~_BV(UDRIE##n);                                     \
	} while (0)

ISR(USART0_RXC_vect)
{
	RECEIVE(0, host_in, host_rx, HASS_C_HOST_OVERRUN, HASS_C_HOST_FULL);
}

ISR(USART1_RXC_vect)
{
	RECEIVE(1, modem_in, modem_rx, HASS_C_MODEM_OVERRUN, HASS_C_MODEM_FULL);
}

ISR(USART0_UDRE_vect)
{
	TRANSMIT(0, host_out, host_tx);
}

ISR(USART1_UDRE_vect)
{
	TRANSMIT(1, modem_out, modem_tx);
}

int16_t uart_get(enum uart_port port)
{
	if (port == UART_HOST)
		return ring_fill(&host_in) ? RING_TAKE(host_in, host_rx) : -1;
	return ring_fill(&modem_in) ? RING_TAKE(modem_in, modem_rx) : -1;
}

bool uart_waiting(void)
{
	return ring_fill(&host_in) || ring_fill(&modem_in);
}

uint8_t uart_room(enum uart_port port)
{
	if (port == UART_HOST)
		return sizeof(host_tx) - ring_fill(&host_out);
	return sizeof(modem_tx) - ring_fill(&modem_out);
}

/*
 * The interrupt clears UDRIE with a read and a write: setting it must not fall in between.
 * Only the main loop comes here, with interrupts on.
 */
void uart_put(enum uart_port port, uint8_t c)
{
	if (!uart_room(port))
		return;
	cli();
	if (port == UART_HOST) {
		RING_PUT(host_out, host_tx, c);
		UCSR0B |= _BV(UDRIE0);
	} else {
		RING_PUT(modem_out, modem_tx, c);
		UCSR1B |= _BV(UDRIE1);
	}
	sei();
}

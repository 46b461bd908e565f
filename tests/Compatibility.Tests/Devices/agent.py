"""A device agent on Debian's paho: joins over MQTT, says what it is told to say, and prints what it hears.

usage: agent.py PORT DEVICE_ID BOOTSTRAP_PASSWORD EXPECTED MESSAGES
EXPECTED is the number of messages from the platform to wait for; MESSAGES is JSON: [[topic, payload, qos], ...].
Prints 'waiting', 'joined USER PASSWORD', 'connected', 'published N' and 'received TOPIC PAYLOAD' lines; exits with 0 when all came.
"""
import json
import queue
import sys

import paho.mqtt.client as mqtt

PATIENCE_SECONDS = 60
POLL_SECONDS = 0.5

port, device_id, bootstrap_password, expected, messages = sys.argv[1:]
heard = queue.Queue()


def say(*words):
    print(*words, flush=True)


def connect(user, password, filters):
    """Connects, subscribes, and returns once every subscription was granted."""
    granted = queue.Queue()
    client = mqtt.Client(client_id=device_id, clean_session=True, protocol=mqtt.MQTTv311)
    client.username_pw_set(user, password)
    client.on_connect = lambda c, data, flags, code: granted.put(("connect", code))
    client.on_subscribe = lambda c, data, mid, codes: granted.put(("subscribe", codes))
    client.on_message = lambda c, data, message: heard.put((message.topic, message.payload.decode()))
    client.connect("127.0.0.1", int(port), keepalive=30)
    client.loop_start()
    if granted.get(timeout=PATIENCE_SECONDS) != ("connect", 0):
        sys.exit("CONNECT was refused")
    for number, (topic, qos) in enumerate(filters):
        client.subscribe(topic, qos)
        if granted.get(timeout=PATIENCE_SECONDS) != ("subscribe", (qos,)):
            sys.exit("SUBSCRIBE was refused: " + topic)
    return client


def join():
    client = connect("management/devicebootstrap", bootstrap_password, [("s/dcr", 0)])
    for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
        client.publish("s/ucr", "", qos=1).wait_for_publish(PATIENCE_SECONDS)
        say("waiting")
        try:
            _, line = heard.get(timeout=POLL_SECONDS)
            break
        except queue.Empty:
            continue
    else:
        sys.exit("nobody accepted the device")
    client.disconnect()
    client.loop_stop()
    code, tenant, user, password = line.split(",")
    if code != "70":
        sys.exit("not credentials: " + line)
    say("joined", user, password)
    return tenant + "/" + user, password


def main():
    user, password = join()
    first = connect(user, password, [])
    first.publish("s/us", "100,Pump 7,acme_Pump", qos=1).wait_for_publish(PATIENCE_SECONDS)
    first.disconnect()
    first.loop_stop()
    client = connect(user, password, [("s/ds", 1), ("s/e", 0), ("error", 0)])
    say("connected")
    for number, (topic, payload, qos) in enumerate(json.loads(messages)):
        client.publish(topic, payload, qos=qos).wait_for_publish(PATIENCE_SECONDS)
        say("published", number)
    for _ in range(int(expected)):
        say("received", *heard.get(timeout=PATIENCE_SECONDS))
    client.disconnect()
    client.loop_stop()


main()

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// Devices and REST clients that work until their server dies under them, and write into the journal what was acknowledged. Whatever
/// goes wrong before <see cref="ServerIsToDie"/> is a surprise.
/// </summary>
/// <param name="agent">The device that carries out operations, and does nothing else.</param>
internal sealed class Load(
    ServerProcess server, Journal journal, int round, IReadOnlyList<(Credentials Credentials, string ObjectId)> devices, (Credentials Credentials, string ObjectId) agent)
{
    /// <summary>The fragment of every object that a load makes.</summary>
    public const string Mark = "kill_Mark";

    public const string OperationsTopic = "devicecontrol/notifications";

    private const int RowsPerMessage = 200;
    private const int MessagesPerDeviceMax = 40;
    private const int Window = 6;
    private volatile bool _isToDie;

    /// <summary>The type of the events that devices and clients send in one round; those of devices say the number of a value as their text.</summary>
    public static string EventType(int round) => $"kill_event_{round}";

    /// <summary>The type of the alarm that a message of a device raises once. A message whose number is even clears it again.</summary>
    public static string AlarmType(long first) => $"kill_once_{first}";

    public static bool IsCleared(long first) => first % 2 == 0;

    /// <summary>The type of the alarm that everybody raises again and again on one source.</summary>
    private string CountedType => $"kill_count_{round}";

    public string ObjectType => $"kill_object_{round}";

    public void ServerIsToDie() => _isToDie = true;

    /// <summary>Runs until the server is dead; the tasks end by themselves.</summary>
    public Task RunAsync()
    {
        var rest = Enumerable.Range(0, 2).SelectMany(lane => new[]
        {
            RestAsync("object", lane, MakeObjectAsync),
            RestAsync("measurement", lane, MeasureOnceAsync),
            RestAsync("collection", lane, MeasureManyAsync),
            RestAsync("record", lane, RecordAsync),
            RestAsync("event", lane, TellAsync),
            RestAsync("alarm", lane, WarnAsync),
            RestAsync("counted alarm", lane, WarnAgainAsync),
            RestAsync("user", lane, MakeUserAsync),
            RestAsync("operation", lane, OperateAsync),
        });
        return Task.WhenAll([.. rest, .. devices.Select((device, index) => PublishAsync(device.Credentials, device.ObjectId, qos: 1 + index % 2)), CarryOutAsync()]);
    }

    /// <summary>One device with a window of unacknowledged messages, each of many rows.</summary>
    private Task PublishAsync(Credentials device, string source, int qos) => UntilDeathAsync(device, async mqtt =>
    {
        var open = new Dictionary<int, long>();
        for (var message = 1; message <= MessagesPerDeviceMax || open.Count > 0;)
        {
            while (open.Count < Window && message <= MessagesPerDeviceMax)
            {
                var first = journal.Send(source, RowsPerMessage);
                journal.Raise(source, CountedType);
                open.Add(message, first);
                await mqtt.SendAsync(MqttSocket.Publish("s/us", Rows(first), qos, message++));
            }
            var packet = await ReadAsync(mqtt, "an acknowledgement");
            if (packet.Header is not (MqttPacket.PubAck or MqttPacket.PubRec)) continue;
            if (!open.Remove(packet.Id, out var acknowledged)) throw new InvalidOperationException($"{packet} acknowledges what is not open.");
            journal.AcknowledgeMessage(source, acknowledged, RowsPerMessage);
            journal.AcknowledgeRaised(source, CountedType);
            if (qos == 2) await mqtt.SendAsync(MqttSocket.PubRel(packet.Id));
        }
    });

    /// <summary>
    /// Operations one after another, each of which is brought to the agent as soon as it is made: of four, one is taken up and ended, one only taken up,
    /// and two are left to wait.
    /// </summary>
    private Task CarryOutAsync() => UntilDeathAsync(agent.Credentials, async mqtt =>
    {
        var admin = Joining.AdminOf(server);
        await mqtt.SendAsync(MqttSocket.Subscribe(1, OperationsTopic));
        await ReadAsync(mqtt, "SUBACK");
        for (var number = 0; ; number++)
        {
            var made = await Created(admin.PostAsync("/devicecontrol/operations", $$"""{"deviceId":"{{agent.ObjectId}}","{{Mark}}":{"by":"agent-{{round}}-{{number}}"} }"""));
            journal.AcknowledgeWaiting(made.MadeId);
            while (OperationIn(await ReadAsync(mqtt, $"operation {made.MadeId}")) != made.MadeId)
            {
            }
            if (number % 2 == 0) await AdvanceAsync(mqtt, "504", made.MadeId, "EXECUTING");
            if (number % 4 == 0) await AdvanceAsync(mqtt, "506", made.MadeId, "SUCCESSFUL");
        }
    });

    private async Task AdvanceAsync(MqttSocket mqtt, string template, string operation, string status)
    {
        journal.TakeUp(operation);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", $"{template},{operation}", qos: 1, 1));
        while ((await ReadAsync(mqtt, $"the PUBACK of {template}")).Header != MqttPacket.PubAck)
        {
        }
        journal.AcknowledgeTakenUp(operation, status);
    }

    private static async Task<MqttPacket> ReadAsync(MqttSocket mqtt, string awaited) =>
        await mqtt.ReadAsync($"{awaited} or the death of the server") ?? throw new IOException("closed");

    private async Task UntilDeathAsync(Credentials device, Func<MqttSocket, Task> work)
    {
        try
        {
            using var mqtt = await MqttSocket.ConnectAsync(server, device.Connect);
            await work(mqtt);
        }
        catch (Exception death) when (IsDeath(death))
        {
        }
        catch (Exception failure)
        {
            journal.Surprise($"device {device.DeviceId}: {failure.Message}");
        }
    }

    private async Task RestAsync(string kind, int lane, Func<RestClient, string, Task> act)
    {
        var admin = Joining.AdminOf(server);
        for (var number = 0; ; number++)
        {
            try
            {
                await act(admin, $"{kind}-{round}-{lane}-{number}");
            }
            catch (Exception death) when (IsDeath(death))
            {
                return;
            }
            catch (Exception failure)
            {
                journal.Surprise($"{kind}: {failure.Message}");
                return;
            }
        }
    }

    private async Task MakeObjectAsync(RestClient admin, string name)
    {
        var made = await Created(admin.PostAsync("/inventory/managedObjects", $$"""{"name":"{{name}}","type":"{{ObjectType}}","{{Mark}}":{"by":"{{name}}"} }"""));
        journal.AcknowledgeObject(made.MadeId, name);
        await Created(admin.PostAsync($"/identity/globalIds/{made.MadeId}/externalIds", $$"""{"type":"kill_Id","externalId":"{{name}}"}"""));
        journal.AcknowledgeExternalId(name, made.MadeId);
    }

    private async Task MeasureOnceAsync(RestClient admin, string name)
    {
        var source = devices[^1].ObjectId;
        var value = journal.Send(source, 1);
        await Created(admin.PostAsync("/measurement/measurements", Measurement(source, value)));
        journal.AcknowledgeValues(source, value, 1);
    }

    private async Task MeasureManyAsync(RestClient admin, string name)
    {
        const int Count = 25;
        var source = devices[0].ObjectId;
        var first = journal.Send(source, Count);
        var list = string.Join(',', Enumerable.Range(0, Count).Select(index => Measurement(source, first + index)));
        await Created(admin.PostAsync("/measurement/measurements", $$"""{"measurements":[{{list}}]}"""));
        journal.AcknowledgeValues(source, first, Count);
    }

    private async Task TellAsync(RestClient admin, string name)
    {
        var sent = $$"""{"source":{"id":"{{devices[0].ObjectId}}"},"type":"{{EventType(round)}}","time":"2026-01-01T00:00:00Z","text":"{{name}}"}""";
        var made = await Created(admin.PostAsync("/event/events", sent));
        journal.AcknowledgeEvent(made.MadeId, name);
        await Created(admin.PutAsync($"/event/events/{made.MadeId}", $$"""{"text":"{{name}} changed"}"""));
        journal.AcknowledgeEvent(made.MadeId, $"{name} changed");
    }

    /// <summary>Every other alarm is cleared again, so that both kinds are there and the object counts some.</summary>
    private async Task WarnAsync(RestClient admin, string name)
    {
        var raised = $$"""{"source":{"id":"{{devices[^1].ObjectId}}"},"type":"{{name}}","time":"2026-01-01T00:00:00Z","text":"x","severity":"MAJOR"}""";
        var made = await Created(admin.PostAsync("/alarm/alarms", raised));
        journal.AcknowledgeAlarm(made.MadeId, "ACTIVE");
        if (name[^1] % 2 == 0) return;
        await Created(admin.PutAsync($"/alarm/alarms/{made.MadeId}", """{"status":"CLEARED"}"""));
        journal.AcknowledgeAlarm(made.MadeId, "CLEARED");
    }

    /// <summary>An alarm that devices and clients raise at the same time: it is one, and counts them.</summary>
    private async Task WarnAgainAsync(RestClient admin, string name)
    {
        var source = devices[^1].ObjectId;
        journal.Raise(source, CountedType);
        await Created(admin.PostAsync("/alarm/alarms", $$"""{"source":{"id":"{{source}}"},"type":"{{CountedType}}","time":"2026-01-01T00:00:00Z","text":"x","severity":"MAJOR"}"""));
        journal.AcknowledgeRaised(source, CountedType);
    }

    private async Task RecordAsync(RestClient admin, string name)
    {
        var record = $$"""{"type":"kill_Record","activity":"Written under load","time":"2026-01-01T00:00:00Z","text":"{{name}}"}""";
        journal.AcknowledgeRecord((await Created(admin.PostAsync("/audit/auditRecords", record))).MadeId, name);
    }

    private async Task MakeUserAsync(RestClient admin, string name)
    {
        await Created(admin.PostAsync("/user/t1/users", $$"""{"userName":"{{name}}","email":"{{name}}@example.com","password":"Password-of-{{name}}"}"""));
        journal.AcknowledgeUser(name);
    }

    /// <summary>An operation from its making to its end. What was not acknowledged may have been done all the same, but nothing further.</summary>
    private async Task OperateAsync(RestClient admin, string name)
    {
        var made = await Created(admin.PostAsync("/devicecontrol/operations", $$"""{"deviceId":"{{devices[0].ObjectId}}","{{Mark}}":{"by":"{{name}}"} }"""));
        journal.AcknowledgeOperation(made.MadeId, "PENDING");
        foreach (var status in (string[])["EXECUTING", "SUCCESSFUL"])
        {
            await Created(admin.PutAsync($"/devicecontrol/operations/{made.MadeId}", $$"""{"status":"{{status}}"}"""));
            journal.AcknowledgeOperation(made.MadeId, status);
        }
    }

    private string Measurement(string source, long value) =>
        $$"""{"source":{"id":"{{source}}"},"type":"kill_{{round}}","time":"2026-01-01T00:00:00Z","kill_{{round}}":{"v":{"value":{{value}} } } }""";

    private string Rows(long first)
    {
        var rows = new StringBuilder();
        for (var value = first; value < first + RowsPerMessage; value++) rows.Append(CultureInfo.InvariantCulture, $"200,kill_{round},v,{value}\n");
        // Other kinds are in the same message, so that it is acknowledged for all of them or for none.
        rows.Append(CultureInfo.InvariantCulture, $"301,{AlarmType(first)},x\n302,{CountedType},x\n");
        if (IsCleared(first)) rows.Append(CultureInfo.InvariantCulture, $"306,{AlarmType(first)}\n");
        rows.Append(CultureInfo.InvariantCulture, $"400,{EventType(round)},value {first}\n");
        return rows.ToString();
    }

    /// <summary>The id of the operation that a message brings; null for any other packet.</summary>
    public static string? OperationIn(MqttPacket packet) =>
        packet.IsPublish && packet.Topic == OperationsTopic ? JsonDocument.Parse(packet.Payload).RootElement.GetProperty("id").GetString() : null;

    private static async Task<Reply> Created(Task<Reply> asked)
    {
        var answer = await asked;
        return answer.IsSuccess ? answer : throw new InvalidOperationException($"{answer.Status} {answer.Body}");
    }

    private bool IsDeath(Exception failure) => _isToDie && failure is HttpRequestException or IOException or SocketException or OperationCanceledException;
}

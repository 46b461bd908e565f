using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// Devices and REST clients that work until their server dies under them, and write into the journal what was acknowledged. Whatever
/// goes wrong before <see cref="ServerIsToDie"/> is a surprise.
/// </summary>
internal sealed class Load(ServerProcess server, Journal journal, int round, IReadOnlyList<(Credentials Credentials, string ObjectId)> devices)
{
    /// <summary>The fragment of every object that a load makes.</summary>
    public const string Mark = "kill_Mark";

    private const int RowsPerMessage = 200;
    private const int MessagesPerDeviceMax = 40;
    private const int Window = 6;
    private volatile bool _isToDie;

    /// <summary>The type of the events that devices and clients send in one round; those of devices say the number of a value as their text.</summary>
    public static string EventType(int round) => $"kill_event_{round}";

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
            RestAsync("user", lane, MakeUserAsync),
            RestAsync("operation", lane, OperateAsync),
        });
        return Task.WhenAll(rest.Concat(devices.Select((device, index) => PublishAsync(device.Credentials, device.ObjectId, qos: 1 + index % 2))));
    }

    /// <summary>One device with a window of unacknowledged messages, each of many rows.</summary>
    private async Task PublishAsync(Credentials device, string source, int qos)
    {
        try
        {
            using var mqtt = await MqttSocket.ConnectAsync(server, device.Connect);
            var open = new Dictionary<int, long>();
            for (var message = 1; message <= MessagesPerDeviceMax || open.Count > 0;)
            {
                while (open.Count < Window && message <= MessagesPerDeviceMax)
                {
                    var first = journal.Send(source, RowsPerMessage);
                    open.Add(message, first);
                    await mqtt.SendAsync(MqttSocket.Publish("s/us", Rows(first), qos, message++));
                }
                if (await mqtt.ReadAsync("an acknowledgement or the death of the server") is not { } packet) throw new IOException("closed");
                if (packet.Header is not (MqttPacket.PubAck or MqttPacket.PubRec)) continue;
                if (!open.Remove(packet.Id, out var acknowledged)) throw new InvalidOperationException($"{packet} acknowledges what is not open.");
                journal.AcknowledgeMessage(source, acknowledged, RowsPerMessage);
                if (qos == 2) await mqtt.SendAsync(MqttSocket.PubRel(packet.Id));
            }
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
        // The last row is an event, so that a message is acknowledged for both kinds or for none.
        rows.Append(CultureInfo.InvariantCulture, $"400,{EventType(round)},value {first}\n");
        return rows.ToString();
    }

    private static async Task<Reply> Created(Task<Reply> asked)
    {
        var answer = await asked;
        return answer.IsSuccess ? answer : throw new InvalidOperationException($"{answer.Status} {answer.Body}");
    }

    private bool IsDeath(Exception failure) => _isToDie && failure is HttpRequestException or IOException or SocketException or OperationCanceledException;
}

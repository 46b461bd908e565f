using System.Globalization;
using System.Text.Json;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>Compares a journal with what a server that was started again shows over REST.</summary>
internal sealed class Reckoning(ServerProcess server, Journal journal, IReadOnlyList<string> sources)
{
    // A few ids of each kind are asked for one by one beside the lists: the two ways must agree.
    private const int SampledOneByOne = 40;
    private readonly RestClient _admin = Joining.AdminOf(server);
    private readonly HashSet<(string Source, long Value)> _stored = [];

    /// <summary>Every acknowledged value of a round is stored, once, and nothing that nobody sent.</summary>
    public async Task MeasurementsAsync(int round)
    {
        var (ids, stored) = (new HashSet<string>(), new HashSet<(string, long)>());
        foreach (var source in sources)
            foreach (var row in await _admin.ListAsync($"/measurement/measurements?source={source}&type=kill_{round}", "measurements"))
            {
                var value = (source, row.GetProperty($"kill_{round}").GetProperty("v").GetProperty("value").GetInt64());
                Assert.True(ids.Add(Text(row, "id")), $"Measurement id {Text(row, "id")} is used twice.");
                Assert.True(stored.Add(value), $"Value {value} is stored twice.");
                Assert.Contains(value, journal.Sent);
            }
        _stored.UnionWith(stored);
    }

    /// <summary>
    /// Every acknowledged event is there as it was acknowledged last, or with a change that was under way; and every message of devices
    /// whose values are there has its event.
    /// </summary>
    public async Task EventsAsync(int rounds)
    {
        var found = new Dictionary<string, string>();
        for (var round = 1; round <= rounds; round++)
            foreach (var row in await _admin.ListAsync($"/event/events?type={Load.EventType(round)}", "events"))
                Assert.True(found.TryAdd(Text(row, "id"), Text(row, "text")), $"Event id {Text(row, "id")} is used twice.");
        foreach (var (id, text) in journal.Events)
            Assert.True(found.TryGetValue(id, out var stored) && (stored == text || stored == $"{text} changed"), $"The acknowledged event {id} '{text}' is lost, there is '{stored}'.");
        foreach (var (id, _) in Some(journal.Events))
            Assert.Equal(found[id], Text((await _admin.GetAsync($"/event/events/{id}")).Expect(200).Json, "text"));
        foreach (var source in sources)
            Assert.Equal(
                found.Where(pair => pair.Key.StartsWith(source, StringComparison.Ordinal) && pair.Key.Length == source.Length + 30).Select(pair => pair.Key).Order(StringComparer.Ordinal),
                (await _admin.ListAsync($"/event/events?source={source}", "events")).Select(row => Text(row, "id")).Order(StringComparer.Ordinal));
        var texts = found.Values.ToHashSet();
        Assert.All(journal.Messages, first => Assert.Contains($"value {first}", texts));
    }

    /// <summary>
    /// Every acknowledged alarm is there with the status that was acknowledged last, or one that was under way, and has the records of both; lists
    /// agree with each other, and each object counts what is open.
    /// </summary>
    public async Task AlarmsAsync()
    {
        var all = new Dictionary<string, JsonElement>();
        foreach (var source in sources)
            foreach (var alarm in await AlarmsOfAsync(source)) all.Add(Text(alarm, "id"), alarm);
        foreach (var (id, status) in journal.Alarms)
            Assert.True(all.TryGetValue(id, out var stored) && (Text(stored, "status") == status || Text(stored, "status") == "CLEARED"), $"The acknowledged alarm {id} '{status}' is lost, there is '{stored}'.");
        var everywhere = await _admin.ListAsync("/alarm/alarms", "alarms");
        Assert.Equal(all.Keys.Order(StringComparer.Ordinal), everywhere.Select(row => Text(row, "id")).Order(StringComparer.Ordinal));
        AlarmsOfMessages(all.Values);
        AlarmCounts(all.Values);

        var recorded = (await _admin.ListAsync("/audit/auditRecords?type=Alarm", "auditRecords"))
            .Select(record => (Text(record, "activity"), record.GetProperty("source").GetProperty("id").GetString())).ToHashSet();
        Assert.All(all, alarm => Assert.Contains(("Alarm created", alarm.Key), recorded));
        Assert.All(all.Where(alarm => Text(alarm.Value, "status") == "CLEARED"), alarm => Assert.Contains(("Alarm updated", alarm.Key), recorded));
    }

    /// <summary>The alarms of one object: those that are open are found as such, and the object counts them.</summary>
    private async Task<List<JsonElement>> AlarmsOfAsync(string source)
    {
        var found = await _admin.ListAsync($"/alarm/alarms?source={source}", "alarms");
        var open = found.Where(alarm => Text(alarm, "status") != "CLEARED").ToList();
        Assert.Equal(open.Select(alarm => Text(alarm, "id")).Order(StringComparer.Ordinal),
            (await _admin.ListAsync($"/alarm/alarms?source={source}&resolved=false", "alarms")).Select(row => Text(row, "id")).Order(StringComparer.Ordinal));
        var counts = (await _admin.GetAsync($"/inventory/managedObjects/{source}")).Expect(200).Json.GetProperty("c8y_ActiveAlarmsStatus");
        foreach (var severity in (string[])["CRITICAL", "MAJOR"])
            Assert.Equal(open.Count(alarm => Text(alarm, "severity") == severity), counts.GetProperty(severity.ToLowerInvariant()).GetInt32());
        return found;
    }

    /// <summary>What an acknowledged message of a device raised, and perhaps cleared, is so.</summary>
    private void AlarmsOfMessages(IEnumerable<JsonElement> alarms)
    {
        var byType = alarms.ToLookup(alarm => Text(alarm, "type"), alarm => Text(alarm, "status"));
        foreach (var first in journal.Messages)
            Assert.Equal((first, Load.IsCleared(first) ? "CLEARED" : "ACTIVE"), (first, Assert.Single(byType[Load.AlarmType(first)])));
    }

    /// <summary>An alarm that was raised again and again is one, and has counted every acknowledged time and none that nobody asked for.</summary>
    private void AlarmCounts(IEnumerable<JsonElement> alarms)
    {
        var counted = alarms.ToLookup(alarm => (alarm.GetProperty("source").GetProperty("id").GetString()!, Text(alarm, "type")), alarm => alarm.GetProperty("count").GetInt32());
        foreach (var (alarm, (sent, acknowledged)) in journal.Raised)
        {
            if (acknowledged == 0 && !counted.Contains(alarm)) continue;
            var count = Assert.Single(counted[alarm]);
            Assert.True(count >= acknowledged && count <= sent, $"Alarm {alarm} was raised {acknowledged} times by acknowledgement and {sent} times at most, and counts {count}.");
        }
    }

    /// <summary>After all rounds were read: no acknowledged value is in none of them.</summary>
    public void NoValueIsMissing()
    {
        var missing = journal.Values.Where(value => !_stored.Contains(value)).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} of {journal.Values.Count} acknowledged values are lost, the first: {string.Join(' ', missing.Take(5))}");
    }

    /// <summary>What an object is found by agrees: its id, its type, its fragment, the count. So none is there in part.</summary>
    public async Task ObjectsAsync(int rounds)
    {
        var byFragment = Names(await _admin.ListAsync($"/inventory/managedObjects?fragmentType={Load.Mark}", "managedObjects"));
        var byType = new Dictionary<string, string>();
        for (var round = 1; round <= rounds; round++)
            foreach (var (id, name) in Names(await _admin.ListAsync($"/inventory/managedObjects?type=kill_object_{round}", "managedObjects"))) byType.Add(id, name);
        Assert.Equal(byFragment.OrderBy(pair => pair.Key, StringComparer.Ordinal), byType.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        var counted = (await _admin.GetAsync($"/inventory/managedObjects/count?fragmentType={Load.Mark}")).Expect(200).Body;
        Assert.Equal(byFragment.Count.ToString(CultureInfo.InvariantCulture), counted);

        foreach (var (id, name) in journal.Objects)
            Assert.True(byFragment.TryGetValue(id, out var found) && found == name, $"The acknowledged object {id} '{name}' is in no list.");
        await GapsAsync(byFragment);
        foreach (var (id, name) in Some(byFragment))
            Assert.Equal(name, Text((await _admin.GetAsync($"/inventory/managedObjects/{id}")).Expect(200).Json, "name"));
        foreach (var (externalId, id) in Some(journal.ExternalIds))
        {
            Assert.Equal(id, (await _admin.GetAsync($"/identity/externalIds/kill_Id/{externalId}")).Expect(200).Json.GetProperty("managedObject").GetProperty("id").GetString());
            Assert.Contains(await _admin.ListAsync($"/identity/globalIds/{id}/externalIds", "externalIds"), bound => Text(bound, "externalId") == externalId);
        }
    }

    /// <summary>Every user who was acknowledged is there, and every user who is there has the record of its making.</summary>
    public async Task UsersAsync()
    {
        var users = (await _admin.ListAsync("/user/t1/users", "users")).Select(user => Text(user, "userName")).Where(name => name.StartsWith("user-", StringComparison.Ordinal)).ToHashSet();
        var recorded = (await _admin.ListAsync("/audit/auditRecords?type=User", "auditRecords"))
            .Where(record => Text(record, "activity") == "User created").Select(record => record.GetProperty("source").GetProperty("id").GetString()!).ToHashSet();
        Assert.Empty(journal.Users.Except(users));
        Assert.Empty(users.Except(recorded));
        foreach (var name in journal.Users.Order(StringComparer.Ordinal).TakeLast(3))
        {
            var own = new RestClient(server.NewClientOf($"t1/{name}", $"Password-of-{name}", server.Http));
            Assert.Equal(name, Text((await own.GetAsync("/user/currentUser")).Expect(200).Json, "userName"));
        }
    }

    /// <summary>
    /// Every operation that was acknowledged stands where it was acknowledged to stand or one step further, is in the lists of that status and no other, and
    /// has the record of its making.
    /// </summary>
    public async Task OperationsAsync()
    {
        string[] order = ["PENDING", "EXECUTING", "SUCCESSFUL", "FAILED"];
        var query = $"/devicecontrol/operations?fragmentType={Load.Mark}";
        var all = (await _admin.ListAsync(query, "operations")).ToDictionary(row => Text(row, "id"), row => Text(row, "status"));
        foreach (var (id, status) in journal.Operations)
        {
            Assert.True(all.TryGetValue(id, out var found), $"The acknowledged operation {id} is lost.");
            Assert.InRange(Array.IndexOf(order, found), Array.IndexOf(order, status), Array.IndexOf(order, status) + 1);
        }
        foreach (var status in order)
            Assert.Equal(all.Where(row => row.Value == status).Select(row => row.Key).Order(StringComparer.Ordinal),
                (await _admin.ListAsync($"{query}&status={status}", "operations")).Select(row => Text(row, "id")).Order(StringComparer.Ordinal));
        var recorded = string.Join('\n', (await _admin.ListAsync("/audit/auditRecords?type=Operation", "auditRecords"))
            .Where(record => Text(record, "activity") == "Operation created").Select(record => Text(record, "text")));
        foreach (var id in all.Keys) Assert.Contains($"'{id}'", recorded, StringComparison.Ordinal);
        foreach (var id in journal.Operations.Keys.Order(StringComparer.Ordinal).TakeLast(SampledOneByOne))
            Assert.Equal(all[id], Text((await _admin.GetAsync($"/devicecontrol/operations/{id}")).Expect(200).Json, "status"));
    }

    /// <summary>
    /// An agent that subscribes is brought every operation that was acknowledged and that it never tried to take up, each once, and none of which its taking
    /// up was acknowledged.
    /// </summary>
    public async Task DeliveriesAsync((Credentials Credentials, string ObjectId) agent)
    {
        using var mqtt = await MqttSocket.ConnectAsync(server, agent.Credentials.Connect);
        await mqtt.SubscribedAsync(Load.OperationsTopic);
        // What is made now comes behind all that waited before.
        var last = (await _admin.PostAsync("/devicecontrol/operations", $$"""{"deviceId":"{{agent.ObjectId}}","kill_Last":{} }""")).Expect(201).Text("id");
        var brought = new List<string>();
        for (var id = ""; id != last;)
        {
            id = Load.OperationIn(await mqtt.MessageAsync("the operations that wait")) ?? throw new InvalidOperationException("A message on another topic.");
            brought.Add(id);
        }
        (await _admin.PutAsync($"/devicecontrol/operations/{last}", """{"status":"FAILED"}""")).Expect(200);
        var missing = journal.Waiting.Except(brought).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} of {journal.Waiting.Count} acknowledged operations were not delivered again, the first: {string.Join(' ', missing.Take(5))}");
        Assert.Empty(journal.TakenUp.Intersect(brought));
        Assert.Equal(brought.Count, brought.Distinct().Count());
    }

    /// <summary>Every audit record that was acknowledged is there under its id and says what was sent.</summary>
    public async Task RecordsAsync()
    {
        var records = new Dictionary<string, string>();
        foreach (var record in await _admin.ListAsync("/audit/auditRecords", "auditRecords"))
            Assert.True(records.TryAdd(Text(record, "id"), Text(record, "text")), $"Audit record id {Text(record, "id")} is used twice.");
        foreach (var (id, text) in journal.Records)
            Assert.True(records.TryGetValue(id, out var found) && found == text, $"The acknowledged audit record {id} '{text}' is lost, there is '{found}'.");
        foreach (var (id, text) in Some(journal.Records))
            Assert.Equal(text, Text((await _admin.GetAsync($"/audit/auditRecords/{id}")).Expect(200).Json, "text"));
    }

    /// <summary>Ids that no list shows, between those that they show: an object that is found by such an id is in no index.</summary>
    private async Task GapsAsync(Dictionary<string, string> listed)
    {
        var all = (await _admin.ListAsync("/inventory/managedObjects", "managedObjects")).Select(row => Text(row, "id")).ToHashSet();
        Assert.Empty(listed.Keys.Except(all));
        var numbers = all.Select(id => long.Parse(id, CultureInfo.InvariantCulture)).Order().ToList();
        foreach (var number in numbers.SelectMany(number => new[] { number - 1, number + 1 }).Distinct().Where(number => !all.Contains($"{number}")).Take(SampledOneByOne))
            Assert.True((await _admin.GetAsync($"/inventory/managedObjects/{number}")).Status == 404, $"Object {number} is found by its id and in no list.");
    }

    private static Dictionary<string, string> Names(List<JsonElement> rows) => rows.ToDictionary(row => Text(row, "id"), row => Text(row, "name"));

    private static IEnumerable<KeyValuePair<string, string>> Some(IReadOnlyDictionary<string, string> all) => all.OrderByDescending(pair => pair.Key.Length).ThenByDescending(pair => pair.Key, StringComparer.Ordinal).Take(SampledOneByOne);

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}

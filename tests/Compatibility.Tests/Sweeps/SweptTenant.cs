using System.Globalization;
using System.Text.Json;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>Who sends probes.</summary>
internal sealed record Sweeper(string Name, HttpClient Http);

/// <summary>
/// A tenant with one of every kind of thing that has an id. Each id that can be a word holds the tenant's mark, so that the same word with another
/// mark exists nowhere; each text that nobody is asked for holds its secret, which no request ever says. Numbers that every tenant counts by itself
/// are drawn so that they are nothing in the other tenant.
/// </summary>
internal sealed class SweptTenant
{
    private const string Password = "Swept-of-the-test-1";
    private const int ThrowawaysMax = 3_000;

    private readonly ServerProcess _server;
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private RestClient _admin = null!;

    private SweptTenant(ServerProcess server, string mark) => (_server, Mark, Secret) = (server, mark, $"secret-of-{mark}");

    /// <summary>Part of every id that is a word.</summary>
    public string Mark { get; }

    /// <summary>Part of every text that is no id.</summary>
    public string Secret { get; }

    /// <summary>What exists, by its kind.</summary>
    public IReadOnlyDictionary<string, string> Ids => _ids;

    public string Id => _ids["tenant"];

    public RestClient Admin => _admin;

    /// <summary>The newest of its objects that has a name here.</summary>
    public long ObjectIdMax => Number(_ids["scratch"]);

    /// <summary>Its device, as it signs in.</summary>
    public Credentials Device { get; private set; } = null!;

    /// <summary>An administrator, one who may read tenants too, one with rights on a group alone, one with no right but to see itself, and a device.</summary>
    public List<Sweeper> Sweepers { get; } = [];

    /// <param name="server">Where it is founded.</param>
    /// <param name="mark">Letters only.</param>
    /// <param name="numbersFrom">Where the numbers of its groups, roles and rules begin.</param>
    /// <param name="objectsFrom">Where its objects' ids begin.</param>
    public static async Task<SweptTenant> MakeAsync(ServerProcess server, string mark, int numbersFrom, int objectsFrom)
    {
        var tenant = new SweptTenant(server, mark);
        await tenant.FoundAsync();
        await tenant.MakeNumberedAsync(numbersFrom);
        await tenant.PassObjectsAsync(objectsFrom);
        await tenant.MakeUsersAsync();
        await tenant.MakeObjectsAsync();
        await tenant.MakeDataAsync();
        await tenant.MakeRightsAsync(numbersFrom);
        return tenant;
    }

    /// <summary>Makes objects and deletes them until the next one's id is beyond this.</summary>
    public async Task PassObjectsAsync(long beyond)
    {
        for (var made = 0; made < ThrowawaysMax; made++)
        {
            var id = await _admin.NewObjectAsync("{}");
            (await _admin.DeleteAsync($"/inventory/managedObjects/{id}")).Expect(204);
            if (Number(id) >= beyond) return;
        }
        throw new InvalidOperationException($"{ThrowawaysMax} objects were not enough to come to id {beyond}.");
    }

    /// <summary>The id of an object that is made now.</summary>
    public async Task<long> NextObjectAsync() => Number(await _admin.NewObjectAsync("{}"));

    /// <summary>The number of an audit record that is written now: all up to it exist.</summary>
    public async Task<long> AuditRecordsAsync() => Number((await AddRecordAsync()).MadeId);

    /// <summary>Lets the ids of an audit record and of a denial be ones beyond this number.</summary>
    public async Task RaiseRecordsAsync(long beyond)
    {
        await Parallel.ForAsync(await AuditRecordsAsync(), beyond, async (_, _) => await AddRecordAsync());
        _ids["auditRecord"] = (await AddRecordAsync()).MadeId;
        _ids["denial"] = (await new RestClient(Client("user")).GetAsync($"/user/{Id}/users/{_ids["administrator"]}")).ExpectError(403, "security/Forbidden").Text("denialId");
    }

    private async Task FoundAsync()
    {
        (_ids["domain"], _ids["administrator"]) = ($"domain{Mark}", $"boss-{Mark}");
        var founded = (await Joining.OperatorOf(_server).PostAsync(
            "/tenant/tenants", $$"""{"company":"{{Secret}}","domain":"{{_ids["domain"]}}","adminName":"{{_ids["administrator"]}}","adminEmail":"a@test.example","adminPass":"{{Password}}"}""")).Expect(201);
        _ids["tenant"] = founded.Text("id");
        _ids["loginOption"] = $"{Id}/BASIC";
        _admin = new RestClient(Client("administrator"));
        foreach (var word in (string[])["externalType", "type", "fragment", "category", "key", "application", "groupName", "inventoryRoleName"]) _ids[word] = $"{word}{Mark}";
    }

    private async Task MakeNumberedAsync(int from)
    {
        _ids["group"] = await NumberedAsync(from, $"/user/{Id}/groups", $$"""{"name":"{{_ids["groupName"]}}","description":"{{Secret}}"}""");
        _ids["inventoryRole"] = await NumberedAsync(
            from, "/user/inventoryroles", $$"""{"name":"{{_ids["inventoryRoleName"]}}","description":"{{Secret}}","permissions":[{"scope":"*","type":"*","permission":"*"}]}""");
        _ids["retentionRule"] = await NumberedAsync(from, "/retention/retentions", $$"""{"dataType":"EVENT","type":"{{_ids["type"]}}","maximumAge":60}""");
        (await _admin.PostAsync("/tenant/options", $$"""{"category":"{{_ids["category"]}}","key":"{{_ids["key"]}}","value":"{{Secret}}"}""")).Expect(201);
    }

    /// <summary>Makes one of what is counted in each tenant by itself, throwing away those with lower numbers.</summary>
    private async Task<string> NumberedAsync(int from, string collection, string body)
    {
        while (true)
        {
            var id = (await _admin.PostAsync(collection, body)).Expect(201).MadeId;
            if (Number(id) >= from) return id;
            (await _admin.DeleteAsync($"{collection}/{id}")).Expect(204);
        }
    }

    private async Task MakeUsersAsync()
    {
        foreach (var (kind, groups, roles) in ((string, string, string)[])[("user", "", ""), ("overseer", Reference("group", "2"), Reference("role", "ROLE_TENANT_MANAGEMENT_READ")), ("keeper", "", ""), ("bare", "", "")])
        {
            _ids[kind] = $"{kind}-{Mark}";
            var body = $$$"""{"userName":"{{{_ids[kind]}}}","email":"{{{kind}}}@test.example","firstName":"{{{Secret}}}","password":"{{{Password}}}","groups":{"references":[{{{groups}}}]},"roles":{"references":[{{{roles}}}]}}""";
            (await _admin.PostAsync($"/user/{Id}/users", body)).Expect(201);
        }
        (await _admin.DeleteAsync($"/user/{Id}/users/{_ids["bare"]}/roles/ROLE_USER_MANAGEMENT_OWN_ADMIN")).Expect(204);
        Device = await Joining.JoinAsync(_server, $"device-{Mark}", _admin);
        _ids["deviceUser"] = Device.UserName;
        (await _admin.PostAsync("/devicecontrol/newDeviceRequests", $$"""{"id":"request-{{Mark}}","type":"{{Secret}}"}""")).Expect(201);
        _ids["deviceRequest"] = $"request-{Mark}";
        foreach (var kind in (string[])["administrator", "overseer", "keeper", "bare"]) Sweepers.Add(new Sweeper(kind, Client(kind)));
        Sweepers.Add(new Sweeper("device", _server.NewClientOf(Device.MqttUser, Device.Password)));
    }

    private async Task MakeObjectsAsync()
    {
        var device = Device.Rest(_server);
        _ids["device"] = await device.NewObjectAsync(Document("\"c8y_IsDevice\":{},\"com_cumulocity_model_Agent\":{}"));
        _ids["folder"] = await _admin.NewObjectAsync(Document("\"c8y_IsDeviceGroup\":{}"));
        _ids["global"] = await _admin.NewObjectAsync(Document("\"c8y_Global\":{}"));
        foreach (var (kind, below, link) in ((string, string, string)[])[("child", "device", "childDevices"), ("asset", "folder", "childAssets"), ("addition", "device", "childAdditions"), ("scratch", "folder", "childAssets")])
        {
            _ids[kind] = await _admin.NewObjectAsync(Document("\"c8y_IsDevice\":{}"));
            (await _admin.PostAsync($"/inventory/managedObjects/{_ids[below]}/{link}", $$$"""{"managedObject":{"id":"{{{_ids[kind]}}}"}}""")).Expect(201);
        }
        (_ids["externalId"], _ids["serial"]) = ($"external-{Mark}", $"device-{Mark}");
        foreach (var (type, name) in ((string, string)[])[(_ids["externalType"], _ids["externalId"]), ("c8y_Serial", _ids["externalId"]), ("c8y_Serial", _ids["serial"])])
            (await _admin.PostAsync($"/identity/globalIds/{_ids["device"]}/externalIds", $$"""{"type":"{{type}}","externalId":"{{name}}"}""")).Expect(201);
    }

    private async Task MakeDataAsync()
    {
        var of = $$$"""{"source":{"id":"{{{_ids["device"]}}}"},"time":"2026-11-20T08:00:00.000Z","type":"{{{_ids["type"]}}}","{{{_ids["fragment"]}}}":{"S":{"value":1,"unit":"{{{Secret}}}"}}""";
        _ids["measurement"] = (await _admin.PostAsync("/measurement/measurements", of + "}")).Expect(201).Text("id");
        _ids["event"] = (await _admin.PostAsync("/event/events", $$"""{{of}},"text":"{{Secret}}"}""")).Expect(201).Text("id");
        _ids["alarm"] = (await _admin.PostAsync("/alarm/alarms", $$"""{{of}},"text":"{{Secret}}","severity":"MAJOR"}""")).Expect(201).Text("id");
        _ids["operation"] = (await _admin.PostAsync(
            "/devicecontrol/operations", $$$"""{"deviceId":"{{{_ids["device"]}}}","description":"{{{Secret}}}","{{{_ids["fragment"]}}}":{}}""")).Expect(201).Text("id");
    }

    private async Task MakeRightsAsync(int from)
    {
        await AssignAsync("keeper");
        do
        {
            if (_ids.TryGetValue("assignment", out var low)) (await _admin.DeleteAsync($"/user/{Id}/users/{_ids["user"]}/roles/inventory/{low}")).Expect(204);
            _ids["assignment"] = await AssignAsync("user");
        }
        while (Number(_ids["assignment"]) < from);
        (await _admin.PutAsync($"/user/{Id}/users/{_ids["user"]}", $$$"""{"devicePermissions":{"{{{_ids["device"]}}}":["*:*:READ"]}}""")).Expect(200);
        (await _admin.PutAsync($"/user/{Id}/users/{_ids["user"]}/owner", $$"""{"owner":"{{_ids["administrator"]}}"}""")).Expect(200);
        await RaiseRecordsAsync(0);
    }

    private async Task<string> AssignAsync(string user) => (await _admin.PostAsync(
        $"/user/{Id}/users/{_ids[user]}/roles/inventory", $$"""{"managedObject":"{{_ids["folder"]}}","roles":[{"id":{{_ids["inventoryRole"]}}}]}""")).Expect(200).Json.GetProperty("id").GetRawText();

    private async Task<Reply> AddRecordAsync() => (await _admin.PostAsync("/audit/auditRecords",
        $$"""{"type":"{{_ids["type"]}}","activity":"{{Secret}}","text":"{{Secret}}","time":"2026-11-20T08:00:00.000Z","user":"{{_ids["user"]}}","application":"{{_ids["application"]}}"}""")).Expect(201);

    private HttpClient Client(string kind) => _server.NewClientOf($"{Id}/{_ids[kind]}", Password);

    private string Document(string more) =>
        $$$"""{"name":"{{{Secret}}}","type":"{{{_ids["type"]}}}","{{{_ids["fragment"]}}}":{"x":"{{{Secret}}}"},""" + more + "}";

    private static string Reference(string kind, string id) => JsonSerializer.Serialize(new Dictionary<string, object> { [kind] = new { id } });

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}

/// <summary>One process with a swept tenant and its strangers, for the tests of a class.</summary>
public sealed class SweptServer : IAsyncLifetime
{
    private ServerProcess? _server;

    public ServerProcess Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    internal SweptTenant Tenant { get; private set; } = null!;

    internal Strangers Strangers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        Tenant = await SweptTenant.MakeAsync(Server, "kestrel", numbersFrom: 20, objectsFrom: 50);
        Strangers = await Strangers.MakeAsync(Server, Tenant);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

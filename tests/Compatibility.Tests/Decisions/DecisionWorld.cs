using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Compatibility.Tests.Refusals;

namespace Bailiwick.Compatibility.Tests.Decisions;

/// <summary>
/// A row's own world on a server that it shares with other rows: group G1 with its subgroup G2, device A in G1 with its child device A1,
/// device B in G2, device C in none; and the row's actors. Every name is made unique by the word that <c>{tag}</c> stands for.
/// </summary>
/// <remarks>
/// What is remembered of an answer must not outlive the change that comes after it. So the row's questions are asked before each grant and each
/// change as well, on every silo, whatever is answered; and every silo must answer as the row says.
/// </remarks>
internal sealed class DecisionWorld
{
    private static int _made;
    private readonly World _world;
    private readonly Decision _row;
    private readonly int _silos;
    private readonly string _tag;
    private readonly Dictionary<(string Collection, string Id), string> _kept = [];

    // From the grants on.
    private IReadOnlyList<DecisionStep> _askedAhead = [];

    private DecisionWorld(World server, int silos, Decision row)
    {
        (_world, _row, _silos, _tag) = (new World(server.NewClient), row, silos, $"row{row.Row}x{Interlocked.Increment(ref _made)}");
        _world.Name("tag", _tag);
        _world.Name("tenant", "t1");
        _world.Name("t2", server["t2"]);
        _world.Know("rival", server.CredentialsOf("rival"));
    }

    public World World => _world;

    /// <summary>What all rows on a server share: the second tenant and its administrator.</summary>
    public static async Task<World> FoundAsync(Func<HttpClient> newClient)
    {
        var server = new World(newClient);
        await server.FoundAsync("rival", "t2", "rival");
        return server;
    }

    /// <param name="server">Of <see cref="FoundAsync"/>.</param>
    /// <param name="silos">How many silos its clients ask in turn.</param>
    public static async Task<DecisionWorld> MakeAsync(World server, Decision row, int silos = 1)
    {
        var world = new DecisionWorld(server, silos, row);
        await world.FoundTenantsAsync();
        await world.MakeGroupsAsync();
        foreach (var actor in row.Actors ?? []) await world.MakeUserAsync(actor);
        await world.MakeObjectsAsync();
        world._askedAhead = [.. (row.Steps ?? []).Concat(row.Then ?? []).Where(IsQuestion)];
        foreach (var group in row.Groups ?? []) await world.PermitAsync($"PUT /user/t1/groups/{{{group.Name}}}", group.DevicePermissions);
        foreach (var actor in row.Actors ?? []) await world.GrantAsync(actor);
        foreach (var step in row.Given ?? []) await world.PlayAsync(step, "admin", "given");
        return world;
    }

    /// <summary>The names of those in a collection that the row has made.</summary>
    public string? NameOf(string collection, string id) => _kept.GetValueOrDefault((collection, id));

    /// <summary>Plays what <c>user</c> asks, step by step.</summary>
    /// <param name="when">What a failure calls them.</param>
    public async Task PlayAsync(IReadOnlyList<DecisionStep> steps, string when)
    {
        for (var i = 0; i < steps.Count; i++) await PlayAsync(steps[i], "user", $"{when} {i + 1}");
    }

    /// <summary>Plays a step, and demands what it expects.</summary>
    private async Task PlayAsync(DecisionStep step, string asker, string when)
    {
        if (!IsQuestion(step)) await AskAheadAsync();
        // What is done is done once.
        var times = IsQuestion(step) || step.Status >= 400 ? _silos : 1;
        for (var time = 0; time < times; time++)
        {
            var actor = step.As ?? asker;
            using var answer = await SendAsync(step, actor);
            var text = await answer.Content.ReadAsStringAsync();
            var (ask, body) = RequestOf(step);
            new Expectation(this, step, $"row {_row.Row}, {when}: {actor} asks {_world.Spell(ask)} {_world.Spell(body ?? "")}").Require(answer, text);
            if (step.Keep is { } keep && answer.Headers.Location is { } made) Keep(keep, made);
            if (step.Becomes is { } becomes) Become(becomes, text);
        }
    }

    private async Task AskAheadAsync()
    {
        foreach (var step in _askedAhead)
        {
            var asker = step.As ?? "user";
            // Neither whoever is let in by no password, nor about what is not made yet.
            if (!_world.Knows(asker) || _world.Spell(step.Ask!).Contains('{', StringComparison.Ordinal)) continue;
            for (var silo = 0; silo < _silos; silo++)
            {
                using var answer = await SendAsync(step, asker);
                Assert.True((int)answer.StatusCode < 500, $"row {_row.Row}, ahead: {asker} asks {_world.Spell(step.Ask!)} and is answered {(int)answer.StatusCode}");
            }
        }
    }

    private static bool IsQuestion(DecisionStep step) => step.Ask?.StartsWith("GET ", StringComparison.Ordinal) == true;

    private async Task<HttpResponseMessage> SendAsync(DecisionStep step, string actor)
    {
        var (ask, body) = RequestOf(step);
        using var request = new HttpRequestMessage { Content = ContentOf(body, step.Headers) };
        request.Headers.Accept.ParseAdd("application/json");
        foreach (var (name, value) in step.Headers ?? new Dictionary<string, string>())
            if (name != "Content-Type") request.Headers.TryAddWithoutValidation(name, _world.Spell(value));
        return await _world.SendAsync(actor, request, ask);
    }

    private (string Ask, string? Body) RequestOf(DecisionStep step)
    {
        if (step.Make is null) return (step.Ask!, step.Body?.GetRawText());
        var form = DecisionTable.Whole.Documents[step.Make];
        var body = JsonNode.Parse(form.Body.GetRawText().Replace("{of}", $"{{{step.Of}}}", StringComparison.Ordinal))!.AsObject();
        if (step.With is { } with)
            foreach (var member in with.EnumerateObject()) body[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        return (form.Ask.Replace("{of}", $"{{{step.Of}}}", StringComparison.Ordinal), body.ToJsonString());
    }

    private ByteArrayContent? ContentOf(string? body, IReadOnlyDictionary<string, string>? headers)
    {
        if (body is null) return null;
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(_world.Spell(body)));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(headers?.GetValueOrDefault("Content-Type") ?? "application/json");
        return content;
    }

    private void Keep(string name, Uri made)
    {
        var id = Uri.UnescapeDataString(made.Segments[^1]);
        _world.Name(name, id);
        // An object that was made as a child has the address of the link.
        var collection = made.AbsolutePath.Contains("/inventory/", StringComparison.Ordinal) ? "managedObjects" : made.Segments[^2].TrimEnd('/');
        _kept[(collection, id)] = name;
    }

    private void Become(string actor, string text)
    {
        using var body = JsonDocument.Parse(text);
        string Of(string name) => body.RootElement.GetProperty(name).GetString()!;
        _world.Know(actor, ($"{Of("tenantId")}/{Of("username")}", Of("password")));
        _world.Name(actor, Of("username"));
    }

    private Task GivenAsync(string ask, object body, string? keep = null, string asker = "admin", string? becomes = null, int? status = null) =>
        PlayAsync(new DecisionStep(ask, Body: JsonSerializer.SerializeToElement(body), Keep: keep, Becomes: becomes, Status: status), asker, "setting up");

    private async Task FoundTenantsAsync()
    {
        foreach (var name in _row.Tenants ?? []) await _world.FoundAsync($"{name}Admin", name, $"{name}-{_tag}", allowCreateTenants: true);
    }

    private async Task MakeGroupsAsync()
    {
        foreach (var group in _row.Groups ?? [])
            await GivenAsync("POST /user/t1/groups", new { name = $"{group.Name}-{_tag}", roles = new { references = RolesOf(group.Roles) } }, group.Name);
    }

    private async Task MakeUserAsync(DecisionActor actor)
    {
        var name = $"{actor.Name}-{_tag}";
        if (actor.Device)
        {
            await GivenAsync("POST /devicecontrol/newDeviceRequests", new { id = name });
            await GivenAsync("POST /devicecontrol/deviceCredentials", new { id = name }, asker: "bootstrap", status: 404);
            await GivenAsync($"PUT /devicecontrol/newDeviceRequests/{name}", new { status = "ACCEPTED" });
            await GivenAsync("POST /devicecontrol/deviceCredentials", new { id = name }, asker: "bootstrap", becomes: actor.Name);
            return;
        }
        var (maker, tenant) = actor.Tenant switch
        {
            null => (actor.By, "t1"),
            "management" => ("operator", "management"),
            var other => ($"{other}Admin", _world[other]),
        };
        var groups = new List<object>();
        foreach (var group in actor.Groups ?? []) groups.Add(new { group = new { id = await IdOfGroupAsync(group) } });
        var password = $"Pass-of-{_tag}-1";
        await GivenAsync(
            $"POST /user/{tenant}/users",
            new { userName = name, email = $"{name}@test.example", password, roles = new { references = RolesOf(actor.Roles) }, groups = new { references = groups } }, asker: maker);
        _world.Know(actor.Name, ($"{tenant}/{name}", password));
        _world.Name(actor.Name, name);
        foreach (var role in actor.Without ?? []) await PlayAsync(new DecisionStep($"DELETE /user/{tenant}/users/{name}/roles/ROLE_{role}"), maker, "setting up");
    }

    private async Task MakeObjectsAsync()
    {
        await MakeObjectAsync("G1", new JsonObject { ["type"] = "c8y_DeviceGroup", ["c8y_IsDeviceGroup"] = new JsonObject() });
        await MakeObjectAsync("G2", new JsonObject { ["type"] = "c8y_DeviceSubgroup", ["c8y_IsDeviceGroup"] = new JsonObject() }, "G1", "childAssets");
        foreach (var (device, parent, kind) in new[] { ("A", "G1", "childAssets"), ("B", "G2", "childAssets"), ("C", null, null), ("A1", "A", "childDevices") })
            await MakeObjectAsync(device, new JsonObject { ["type"] = "{tag}", ["c8y_IsDevice"] = new JsonObject(), ["com_cumulocity_model_Agent"] = new JsonObject() }, parent, kind);
    }

    private async Task MakeObjectAsync(string name, JsonObject body, string? parent = null, string? kind = null)
    {
        body["name"] = name;
        if ((_row.Actors ?? []).FirstOrDefault(actor => actor.Owns?.Contains(name) == true) is { } owner) body["owner"] = $"{{{owner.Name}}}";
        await GivenAsync("POST /inventory/managedObjects", body, name);
        if (parent is not null) await GivenAsync($"POST /inventory/managedObjects/{{{parent}}}/{kind}", new { managedObject = new { id = $"{{{name}}}" } });
    }

    private async Task GrantAsync(DecisionActor actor)
    {
        foreach (var (managedObject, role) in actor.Inventory ?? new Dictionary<string, JsonElement>())
            await GivenAsync(
                $"POST /user/t1/users/{{{actor.Name}}}/roles/inventory",
                new { managedObject = $"{{{managedObject}}}", roles = new[] { new { id = await IdOfInventoryRoleAsync(role, $"{actor.Name}-{managedObject}-{_tag}") } } });
        await PermitAsync($"PUT /user/t1/users/{{{actor.Name}}}", actor.DevicePermissions);
    }

    private async Task PermitAsync(string ask, IReadOnlyDictionary<string, IReadOnlyList<string>>? permissions)
    {
        if (permissions is null) return;
        var wish = new { devicePermissions = permissions.ToDictionary(of => $"{{{of.Key}}}", of => of.Value) };
        // A server that passes over what it does not know would let rows pass in which nothing was granted.
        var granted = wish.devicePermissions.ToDictionary(of => $"devicePermissions.{of.Key}", of => JsonSerializer.SerializeToElement(of.Value));
        await PlayAsync(new DecisionStep(ask, Body: JsonSerializer.SerializeToElement(wish), Status: 200, Has: granted), "admin", "setting up");
    }

    private async Task<int> IdOfInventoryRoleAsync(JsonElement role, string name)
    {
        if (role.ValueKind == JsonValueKind.String)
        {
            var all = await AskAsync("GET /user/inventoryroles?pageSize=2000");
            return all.GetProperty("roles").EnumerateArray().Single(each => each.GetProperty("name").GetString() == role.GetString()).GetProperty("id").GetInt32();
        }
        var permissions = role.EnumerateArray().Select(each => each.GetString()!.Split(':')).Select(part => new { scope = part[0], type = part[1], permission = part[2] });
        await GivenAsync("POST /user/inventoryroles", new { name, permissions }, name);
        return int.Parse(_world[name], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<int> IdOfGroupAsync(string name)
    {
        var own = (_row.Groups ?? []).Any(group => group.Name == name);
        return (await AskAsync($"GET /user/t1/groupByName/{(own ? $"{name}-{_tag}" : name)}")).GetProperty("id").GetInt32();
    }

    private async Task<JsonElement> AskAsync(string ask)
    {
        using var answer = await _world.SendAsync("admin", ask, null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"row {_row.Row}, setting up: {ask} was answered {(int)answer.StatusCode} {text}");
        using var body = JsonDocument.Parse(text);
        return body.RootElement.Clone();
    }

    private static IEnumerable<object> RolesOf(IReadOnlyList<string>? roles) => (roles ?? []).Select(role => new { role = new { id = $"ROLE_{role}" } });
}

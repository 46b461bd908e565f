using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>The table's world on one server: its tenants, its actors and what they own, all made over REST by those who may.</summary>
public sealed class World(Func<HttpClient> newClient)
{
    private readonly Dictionary<string, (string User, string Password)> _actors = new(StringComparer.Ordinal)
    {
        ["operator"] = ("management/admin", FirstPasswords.Management),
        ["admin"] = ("t1/admin", FirstPasswords.Admin),
        ["bootstrap"] = ("management/devicebootstrap", FirstPasswords.Device),
    };

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HttpClient _client = newClient();
    private int _fresh;

    private const string FirstPassword = "First-of-the-test-1";

    public static async Task<World> MakeAsync(Func<HttpClient> newClient)
    {
        var world = new World(newClient);
        // Another tenant, and one that is served no more; each with an administrator of the same name.
        await world.FoundAsync("rival", "t2", "rival");
        await world.FoundAsync("suspended", "t3", "suspended");
        await world.DoAsync(new Step("operator", "PUT /tenant/tenants/{t3}", Json("""{"status":"SUSPENDED"}""")));
        foreach (var actor in RefusalTable.Whole.Actors) await world.MakeAsync(actor);
        foreach (var step in RefusalTable.Whole.World) await world.DoAsync(step);
        return world;
    }

    /// <summary>Makes a client of the server: for another world on it.</summary>
    internal Func<HttpClient> NewClient { get; } = newClient;

    /// <summary>The kept id of this name.</summary>
    public string this[string name] => _names[name];

    /// <summary>A text with the names in braces replaced; <c>{fresh}</c> is another one at each row.</summary>
    public string Spell(string text)
    {
        foreach (var (name, value) in _names) text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Lets a word in braces stand for this.</summary>
    internal void Name(string name, string value) => _names[name] = value;

    /// <summary>Lets an actor have these credentials.</summary>
    internal void Know(string actor, (string User, string Password) credentials) => _actors[actor] = credentials;

    internal bool Knows(string actor) => _actors.ContainsKey(actor);

    public void Freshen() => _names["fresh"] = $"fresh{Interlocked.Increment(ref _fresh)}";

    /// <summary>User name, with its tenant, and password of an actor; empty for nobody.</summary>
    public (string User, string Password) CredentialsOf(string actor)
    {
        if (actor == "nobody") return ("", "");
        if (actor.EndsWith(":wrong", StringComparison.Ordinal)) return (CredentialsOf(actor[..^":wrong".Length]).User, "Wrong-of-the-test-1");
        if (actor.EndsWith(":bare", StringComparison.Ordinal)) return (CredentialsOf(actor[..^":bare".Length]).User.Split('/')[1], CredentialsOf(actor[..^":bare".Length]).Password);
        // Known here by a password of the other tenant: names are unique within a tenant only.
        if (actor.EndsWith(":elsewhere", StringComparison.Ordinal)) return ($"{_names["t2"]}/{actor[..^":elsewhere".Length]}", CredentialsOf(actor[..^":elsewhere".Length]).Password);
        return _actors[actor];
    }

    public async Task DoAsync(Step step)
    {
        for (var i = 0; i < step.Times; i++)
        {
            using var answer = await SendAsync(step);
            await RequireAsync(answer, step.Status, $"{step.As}: {step.Ask}");
            if (step.Keep is not null) _names[step.Keep] = LastPart(answer);
            if (step.Becomes is null) continue;
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            var credentials = body.RootElement;
            _actors[step.Becomes] = ($"{credentials.GetProperty("tenantId")}/{credentials.GetProperty("username")}", credentials.GetProperty("password").GetString()!);
        }
    }

    public async Task<HttpResponseMessage> SendAsync(Request request) =>
        await SendAsync(request.As, request.Ask, request.Body is { } body ? new StringContent(Spell(body.GetRawText()), new MediaTypeHeaderValue("application/json")) : null);

    public async Task<HttpResponseMessage> SendAsync(string actor, string ask, HttpContent? body)
    {
        using var request = new HttpRequestMessage { Content = body };
        return await SendAsync(actor, request, ask);
    }

    /// <summary>Sends a request that lacks nothing but its method, path and credentials.</summary>
    internal async Task<HttpResponseMessage> SendAsync(string actor, HttpRequestMessage request, string ask)
    {
        var words = Spell(ask).Split(' ', 2);
        (request.Method, request.RequestUri) = (new HttpMethod(words[0]), new Uri(words[1], UriKind.Relative));
        var (user, password) = CredentialsOf(actor);
        if (user.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        return await _client.SendAsync(request);
    }

    /// <summary>Founds a tenant; its administrator becomes an actor.</summary>
    internal async Task FoundAsync(string admin, string keep, string domain, bool allowCreateTenants = false)
    {
        var wish = new { domain, company = domain, adminName = admin, adminEmail = $"{admin}@test.example", adminPass = FirstPassword, allowCreateTenants };
        await DoAsync(new Step("operator", "POST /tenant/tenants", Keep: keep, Body: JsonSerializer.SerializeToElement(wish)));
        _actors[admin] = ($"{_names[keep]}/{admin}", FirstPassword);
    }

    private async Task MakeAsync(Actor actor)
    {
        if (actor.By is null) return;
        var (maker, _) = CredentialsOf(actor.By);
        var tenant = maker[..maker.IndexOf('/', StringComparison.Ordinal)];
        var (user, password) = ($"/user/{tenant}/users/{actor.Name}", $"Pass-of-{actor.Name}-1");
        var wish = new
        {
            userName = actor.Name,
            email = $"{actor.Name}@test.example",
            password,
            roles = new { references = (actor.Roles ?? []).Select(role => new { role = new { id = $"ROLE_{role}" } }) },
            groups = new { references = (actor.Groups ?? []).Select(group => new { group = new { id = group } }) },
        };
        await DoAsync(new Step(actor.By, $"POST /user/{tenant}/users", JsonSerializer.SerializeToElement(wish)));
        foreach (var role in actor.Without ?? []) await DoAsync(new Step(actor.By, $"DELETE {user}/roles/ROLE_{role}"));
        _actors[actor.Name] = ($"{tenant}/{actor.Name}", password);
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static string LastPart(HttpResponseMessage answer) => Uri.UnescapeDataString(answer.Headers.Location!.Segments[^1]);

    private static async Task RequireAsync(HttpResponseMessage answer, int? status, string what)
    {
        var isAsWanted = status is null ? answer.IsSuccessStatusCode : answer.StatusCode == (HttpStatusCode)status;
        if (!isAsWanted) throw new InvalidOperationException($"The world is not as it should be: {what} was answered {(int)answer.StatusCode}, {await answer.Content.ReadAsStringAsync()}");
    }
}

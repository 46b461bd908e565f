using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bailiwick.Edge.Rates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>What holds for every request: signing in, headers, media types, links, pages and failures.</summary>
public sealed class DoorTests(SharedRest rest) : IClassFixture<SharedRest>
{
    private const string Object = "/inventory/managedObjects/4711";
    private const string Objects = "/inventory/managedObjects";

    [Fact]
    public async Task Without_credentials_the_message_asks_for_them_and_with_bad_ones_it_says_so()
    {
        using var none = await rest.Server.Client.SendAsync(RestServer.Request("GET", Objects, signedIn: false));
        using var bad = RestServer.Request("GET", Objects, signedIn: false);
        bad.Headers.Add("Authorization", RestServer.Basic("t1/smith", "wrong"));
        using var refused = await rest.Server.Client.SendAsync(bad);

        Assert.Equal("security/Unauthorized Full authentication is required to access this resource", await ErrorAsync(none));
        Assert.Equal("security/Unauthorized Invalid credentials! : Bad credentials", await ErrorAsync(refused));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_caller_whom_a_grain_knows_no_more_is_forgotten_and_one_who_is_refused_is_not()
    {
        var grains = World.Grains()
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Read), _ => throw Refusal.Unauthenticated("credentials have changed"))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Delete), _ => throw World.Denied("nothing granted"));
        await using var server = await RestServer.StartAsync(grains);
        using var denied = await server.SendAsync("DELETE", Object);
        Assert.Empty(server.Forgotten);
        using var nobody = await server.SendAsync("GET", Object);

        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        Assert.Equal(World.Smith, Assert.Single(server.Forgotten).User);
    }

    [Fact]
    public async Task Requests_beyond_the_limit_are_told_when_to_come_back_and_other_tenants_are_served()
    {
        await using var server = await RestServer.StartAsync(rates: new RateSettings(1, 0));
        using var first = await server.SendAsync("GET", Object);
        using var second = await server.SendAsync("GET", Object);
        var answers = new List<HttpResponseMessage>();
        do answers.Add(await server.SendAsync("GET", Object));
        while (answers[^1].StatusCode == HttpStatusCode.OK && answers.Count < 1_000);
        using var ofOther = RestServer.Request("GET", "/inventory/managedObjects?pageSize=1", signedIn: false);
        ofOther.Headers.Add("Authorization", RestServer.Basic("t2/smith", RestServer.GoodPassword));
        using var other = await server.Client.SendAsync(ofOther);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1].StatusCode);
        Assert.InRange(answers[^1].Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 2);
        Assert.Equal("general/Too Many Requests More requests than the limit. Try again later.", await ErrorAsync(answers[^1]));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, other.StatusCode);
        answers.ForEach(answer => answer.Dispose());
    }

    [Theory]
    [InlineData("true", "XBasic")]
    [InlineData("TRUE", "XBasic")]
    [InlineData("false", "Basic")]
    public async Task A_web_page_may_ask_that_the_browser_prompts_for_nothing(string useXBasic, string scheme)
    {
        using var request = RestServer.Request("GET", Objects, signedIn: false);
        request.Headers.Add("UseXBasic", useXBasic);
        using var answer = await rest.Server.Client.SendAsync(request);

        Assert.Equal(scheme, Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("application/json", true)]
    [InlineData("*/*", true)]
    [InlineData("application/vnd.com.nsn.cumulocity.managedObject+json", true)]
    public async Task An_Accept_header_decides_whether_a_new_resource_is_shown(string? accept, bool isShown)
    {
        using var made = await rest.Server.SendAsync("POST", Objects, "{}", accept: accept);
        using var changed = await rest.Server.SendAsync("PUT", Object, "{}", accept: accept);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal($"http://{RestServer.Host}{Objects}/4720", made.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Null(changed.Headers.Location);
        Assert.Equal(isShown, (await made.Content.ReadAsByteArrayAsync()).Length > 0);
        Assert.Equal(isShown, (await changed.Content.ReadAsByteArrayAsync()).Length > 0);
    }

    [Theory]
    [InlineData(null, "application/vnd.com.nsn.cumulocity.managedObject+json")]
    [InlineData("*/*", "application/vnd.com.nsn.cumulocity.managedObject+json")]
    [InlineData("application/json", "application/json")]
    [InlineData("text/html, application/json;q=0.5", "application/json")]
    [InlineData("application/vnd.com.nsn.cumulocity.MANAGEDOBJECT+json;, application/json", "application/vnd.com.nsn.cumulocity.managedObject+json")]
    public async Task The_type_of_an_answer_is_the_one_that_was_asked_for(string? accept, string mediaType)
    {
        using var answer = await rest.Server.SendAsync("GET", Object, accept: accept);

        Assert.Equal(mediaType, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("PUT", HttpStatusCode.OK)]
    [InlineData("delete", HttpStatusCode.NoContent)]
    [InlineData("GET", HttpStatusCode.OK)]
    [InlineData("PATCH", HttpStatusCode.MethodNotAllowed)]
    public async Task A_POST_may_stand_for_another_method(string method, HttpStatusCode status)
    {
        using var request = RestServer.Request("POST", Object, "{}");
        request.Headers.Add("X-HTTP-METHOD", method);
        using var answer = await rest.Server.Client.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_GET_stands_for_itself_alone()
    {
        using var request = RestServer.Request("GET", Object);
        request.Headers.Add("X-HTTP-METHOD", "DELETE");
        using var answer = await rest.Server.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(false, "http://bailiwick.test")]
    [InlineData(true, "https://cloud.example")]
    public async Task What_a_proxy_says_of_the_address_counts_only_where_it_is_trusted(bool isTrusted, string start)
    {
        await using var server = await RestServer.StartAsync(trustsForwarded: isTrusted);
        using var request = RestServer.Request("GET", "/platform");
        request.Headers.Add("X-Forwarded-Proto", "https, http");
        request.Headers.Add("X-Forwarded-Host", "cloud.example");
        using var answer = await server.Client.SendAsync(request);

        Assert.Equal($"{start}/platform", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("self").GetString());
    }

    [Theory]
    [InlineData("", 1, 5)]
    [InlineData("?pageSize=2000", 1, 2000)]
    [InlineData("?pageSize=999999999999", 1, 2000)]
    [InlineData("?pageSize=0&withTotalPages=true", 1, 0)]
    [InlineData("?currentPage=9999999999", int.MaxValue, 5)]
    public async Task Pages_have_a_default_and_a_limit_that_trims(string query, int number, int size)
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync("GET", Objects + query);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = Assert.Single(server.Grains.Calls).Argument<PageRequest>(2);
        Assert.Equal((number, size), (page.Number, page.Size));
    }

    [Fact]
    public async Task Following_next_sees_every_row_once_and_the_last_page_has_no_next()
    {
        var seen = new List<string?>();
        var previous = new List<string?>();
        for (string? target = $"{Objects}?pageSize=1&type=a%26b&text=%C3%BC"; target is not null;)
        {
            using var answer = await rest.Server.SendAsync("GET", target);
            var page = await answer.Content.ReadFromJsonAsync<JsonElement>();
            seen.AddRange(page.GetProperty("managedObjects").EnumerateArray().Select(row => row.GetProperty("id").GetString()));
            previous.Add(page.TryGetProperty("prev", out var prev) ? prev.GetString() : null);
            target = page.TryGetProperty("next", out var next) ? new Uri(next.GetString()!).PathAndQuery : null;
        }

        Assert.Equal(["4711", "4712", "4713"], seen);
        Assert.Null(previous[0]);
        Assert.EndsWith("type=a%26b&text=%C3%BC&currentPage=2", previous[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Totals_are_told_only_when_asked_for()
    {
        var none = await StatisticsAsync("?pageSize=2");
        var pages = await StatisticsAsync("?pageSize=2&withTotalPages=true");
        var elements = await StatisticsAsync("?pageSize=2&withTotalElements=true");

        Assert.Equal("""{"currentPage":1,"pageSize":2}""", none);
        Assert.Equal("""{"currentPage":1,"pageSize":2,"totalPages":2}""", pages);
        Assert.Equal("""{"currentPage":1,"pageSize":2,"totalElements":3}""", elements);
    }

    [Theory]
    [InlineData("/user/t2/users")]
    [InlineData("/user/t2/users/smith")]
    [InlineData("/user/t2/groups/2")]
    [InlineData("/user/T-2/users")]
    public async Task The_users_of_another_tenant_are_refused_by_the_gate_and_told_in_the_interfaces_words(string target)
    {
        var grains = World.Grains();
        grains.Always = call => throw World.Denied($"smith asked for another tenant's {call.Key}");
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("GET", target);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("userManagement/Forbidden authenticated user's tenant different from the one in URL path", await ErrorAsync(answer));
    }

    [Fact]
    public async Task Ones_own_users_are_refused_in_plain_words()
    {
        var grains = World.Grains().On<IUsersGrain>(nameof(IUsersGrain.Find), _ => throw World.Denied("nothing granted"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("GET", "/user/t1/users");

        Assert.Equal("security/Forbidden Access is denied", await ErrorAsync(answer));
    }

    [Fact]
    public async Task A_fault_of_ours_is_500_without_its_details_and_one_log_line_that_can_be_found()
    {
        var grains = World.Grains().On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Read), _ => throw new InvalidOperationException("a secret of the inside"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("GET", Object + "?x=a-secret-of-the-client");
        var error = await ErrorAsync(answer);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.StartsWith("general/internalError Internal server error; failure ", error, StringComparison.Ordinal);
        var (level, text, fault) = Assert.Single(server.Log.Lines);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains(error[^12..], text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal("a secret of the inside", fault!.Message);
    }

    [Fact]
    public void A_SmartREST_row_has_the_code_of_its_refusal()
    {
        Assert.Equal(41, Problems.SmartRestCode(RefusalKind.Conflict, creates: true));
        Assert.Equal(42, Problems.SmartRestCode(RefusalKind.Malformed, creates: false));
        Assert.Equal(45, Problems.SmartRestCode(RefusalKind.Invalid, creates: false));
        Assert.Equal(50, Problems.SmartRestCode(RefusalKind.Denied, creates: true));
    }

    [Fact]
    public void Every_kind_of_refusal_has_a_status() =>
        Assert.All(Enum.GetValues<RefusalKind>(), kind => Assert.InRange(Problems.Of(new Refusal(kind, "x", "y")).Status, 400, 503));

    private async Task<string> StatisticsAsync(string query)
    {
        using var answer = await rest.Server.SendAsync("GET", Objects + query);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("statistics").GetRawText();
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage answer)
    {
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return $"{error.GetProperty("error").GetString()} {error.GetProperty("message").GetString()}";
    }
}

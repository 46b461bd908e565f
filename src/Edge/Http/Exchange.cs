using System.Buffers;
using System.Text.Json;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>One request of a caller who has signed in, and its answer.</summary>
internal sealed class Exchange(HttpContext http, Caller caller, Route route, IReadOnlyList<string> parts, IGrainFactory grains, CommitSinks commits, RestSettings settings, TimeProvider time)
{
    private Links? _links;

    public Caller Caller { get; } = caller;

    public TenantId Tenant => Caller.Tenant;

    public IGrainFactory Grains { get; } = grains;

    public RestSettings Settings { get; } = settings;

    public Links Links => _links ??= new Links(http.Request, Settings.TrustsForwardedHeaders);

    public HttpRequest Request => http.Request;

    public RequestQuery Query => new(http.Request, route);

    public string Subject => route.Subject;

    /// <summary>Whether the endpoint is only rehearsed: what it would answer is not sent.</summary>
    public bool IsDryRun { get; set; }

    /// <summary>To have the store tell this request when what it brings is durable.</summary>
    public PendingCommit NewCommit() => new(commits, time);

    /// <summary>The value of one part of the path, by its name in the route's template.</summary>
    public string Part(string name)
    {
        var index = 0;
        foreach (var segment in route.Segments)
        {
            if (!Route.IsPart(segment)) continue;
            if (segment.AsSpan(1, segment.Length - 2).SequenceEqual(name)) return parts[index];
            index++;
        }
        throw new InvalidOperationException($"{route.Template} has no part '{name}'.");
    }

    /// <summary>The body as it was sent; dispose of it.</summary>
    public ValueTask<RequestBody> BodyAsync()
    {
        if (!MediaType.IsReadable(http.Request.ContentType)) throw new UnreadableBodyException(http.Request.ContentType!);
        return RequestBody.ReadAsync(http.Request, route.Subject);
    }

    /// <summary>Cuts a body into its members.</summary>
    public JsonBody Json(RequestBody body) => JsonBody.Parse(body.Bytes, route.Subject);

    /// <summary>200 with one document.</summary>
    public Task AnswerAsync<T>(MediaType type, T wire) where T : class
    {
        if (IsDryRun) return Task.CompletedTask;
        Begin<T>(StatusCodes.Status200OK, type);
        WriteWhole(wire);
        return Task.CompletedTask;
    }

    /// <summary>200 with a line of plain text, for the few addresses that have such a form.</summary>
    public Task AnswerTextAsync(string text)
    {
        http.Response.ContentType = "text/plain;charset=UTF-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    /// <summary>200 with a page of a list, written as it is made: it may be long.</summary>
    public Task AnswerListAsync<T>(MediaType type, T wire) where T : class
    {
        Begin<T>(StatusCodes.Status200OK, type);
        return JsonSerializer.SerializeAsync(http.Response.BodyWriter, wire, WireJson.Of<T>(), http.RequestAborted);
    }

    /// <summary>201 with the new resource's address, and with the resource itself where the client asked for it.</summary>
    public Task CreatedAsync<T>(MediaType type, string location, T wire) where T : class
    {
        if (!IsDryRun) http.Response.Headers.Location = location;
        return MadeAsync(StatusCodes.Status201Created, type, wire);
    }

    /// <summary>The same for what is given only once: it is shown whether or not the client says that it wants to see it.</summary>
    public Task CreatedAlwaysShownAsync<T>(MediaType type, string location, T wire) where T : class
    {
        http.Response.Headers.Location = location;
        Begin<T>(StatusCodes.Status201Created, type);
        WriteWhole(wire);
        return Task.CompletedTask;
    }

    /// <summary>200 after a change, with the resource where the client asked for it.</summary>
    public Task ChangedAsync<T>(MediaType type, T wire) where T : class => MadeAsync(StatusCodes.Status200OK, type, wire);

    /// <summary>
    /// 200 when a long work is done, or 202 when it goes on for longer than so many milliseconds. What becomes of it after a 202 stands in
    /// the audit trail, step by step.
    /// </summary>
    public async Task DoneOrGoingOnAsync(Task work, int millisecondsMax)
    {
        var isDone = true;
        try
        {
            await work.WaitAsync(TimeSpan.FromMilliseconds(millisecondsMax), time);
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            isDone = false;
            _ = work.ContinueWith(static late => late.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        }
        http.Response.StatusCode = isDone ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
        http.Response.ContentLength = 0;
    }

    /// <summary>204: done, and nothing to say.</summary>
    public Task Gone()
    {
        if (IsDryRun) return Task.CompletedTask;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>The frame of one page: its own address, those of its neighbours and what is known of the whole list.</summary>
    public PageWire Frame<T>(Page<T> page, PageRequest asked)
    {
        var query = Query;
        var statistics = new StatisticsWire(
            asked.Number, asked.Size,
            query.Flag("withTotalPages") && page.Total is { } rows ? (asked.Size == 0 ? 0 : (rows + asked.Size - 1) / asked.Size) : null,
            query.Flag("withTotalElements") ? page.Total : null);
        return new PageWire(
            PageLink(asked.Number), statistics,
            page.HasMore && asked.Number < int.MaxValue ? PageLink(asked.Number + 1) : null,
            asked.Number > 1 ? PageLink(asked.Number - 1) : null);
    }

    /// <summary>The same request for another page. The rest of the query stays as the client wrote it.</summary>
    private string PageLink(int number)
    {
        var query = http.Request.QueryString.Value.AsSpan().TrimStart('?');
        var link = new System.Text.StringBuilder(Links.Base.Length + query.Length + 80)
            .Append(Links.Base).Append(http.Request.PathBase.ToUriComponent()).Append(http.Request.Path.ToUriComponent());
        var separator = '?';
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            if (pair.IsEmpty || pair.StartsWith("currentPage=", StringComparison.Ordinal)) continue;
            link.Append(separator).Append(pair);
            separator = '&';
        }
        return link.Append(separator).Append("currentPage=").Append(System.Globalization.CultureInfo.InvariantCulture, $"{number}").ToString();
    }

    private Task MadeAsync<T>(int status, MediaType type, T wire) where T : class
    {
        if (IsDryRun) return Task.CompletedTask;
        if (MediaType.WantsRepresentation(http.Request))
        {
            Begin<T>(status, type);
            WriteWhole(wire);
            return Task.CompletedTask;
        }
        http.Response.StatusCode = status;
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private void Begin<T>(int status, MediaType type)
    {
        Check.That(route.Description.AnswersWith(typeof(T)));
        http.Response.StatusCode = status;
        http.Response.ContentType = type.ForAnswer(http.Request);
    }

    private void WriteWhole<T>(T wire) where T : class
    {
        using var pooled = PooledJson.Rent();
        JsonSerializer.Serialize(pooled.Writer, wire, WireJson.Of<T>());
        var written = pooled.Written;
        http.Response.ContentLength = written.Length;
        http.Response.BodyWriter.Write(written);
    }
}

/// <summary>A body of a type that nobody here reads (415).</summary>
internal sealed class UnreadableBodyException(string contentType) : Exception(contentType);
